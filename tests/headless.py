"""A Kivy window where there is no OpenGL library: layout, rules, touches, keys and the clock work; no pixels."""


def install(size):
    """Make the process's Kivy window, on the mock GL back end. Nothing may have imported a Kivy window before."""
    import kivy.core

    select = kivy.core.core_select_lib

    def all_but_a_window(category, *args, **kwargs):
        return None if category == "window" else select(category, *args, **kwargs)

    kivy.core.core_select_lib = all_but_a_window
    import kivy.core.window as module

    kivy.core.core_select_lib = select

    class HeadlessWindow(module.WindowBase):
        """Holds widgets and hands out events; draws into nothing."""

        gl_backends_allowed = ("mock",)

        def create_window(self, *args):
            self._size = tuple(self.system_size)
            super().create_window(*args)

        def initialize_gl(self):
            from kivy.core.gl import init_gl

            init_gl(allowed=["mock"])

        def _set_size_sys(self, size):
            self.system_size = size

        def _set_size(self, size):
            self._size = size
            self.dispatch("on_resize", *size)

        def flip(self):
            pass

    from kivy.config import Config

    Config.set("graphics", "width", str(size[0]))
    Config.set("graphics", "height", str(size[1]))
    module.Window = HeadlessWindow()
    return module.Window
