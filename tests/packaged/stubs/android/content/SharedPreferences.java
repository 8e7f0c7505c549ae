package android.content;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

public interface SharedPreferences {
    String getString(String name, String other);
    Set<String> getStringSet(String name, Set<String> other);
    int getInt(String name, int other);
    Editor edit();

    interface Editor {
        Editor putString(String name, String value);
        Editor putStringSet(String name, Set<String> value);
        Editor putInt(String name, int value);
        void apply();
    }

    class InMemory implements SharedPreferences, Editor {
        private final Map<String, String> words = new HashMap<String, String>();
        private final Map<String, Set<String>> sets = new HashMap<String, Set<String>>();
        public String getString(String name, String other) { return words.containsKey(name) ? words.get(name) : other; }
        public Set<String> getStringSet(String name, Set<String> other) { return sets.containsKey(name) ? sets.get(name) : other; }
        public int getInt(String name, int other) { return words.containsKey(name) ? Integer.parseInt(words.get(name)) : other; }
        public Editor edit() { return this; }
        public Editor putString(String name, String value) { words.put(name, value); return this; }
        public Editor putStringSet(String name, Set<String> value) { sets.put(name, value); return this; }
        public Editor putInt(String name, int value) { words.put(name, Integer.toString(value)); return this; }
        public void apply() {}
    }
}
