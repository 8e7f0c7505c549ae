"""Ask python-for-android what it would do for these requirements. It runs where that is installed (see ``__main__``)."""

import json
import sys
import tempfile
from importlib.metadata import version


def main(names):
    """Print, as JSON: the recipes that it builds, in their order, and what it leaves to pip."""
    from pythonforandroid.bootstrap import Bootstrap
    from pythonforandroid.build import Context
    from pythonforandroid.graph import get_recipe_order_and_bootstrap
    from pythonforandroid.recipe import Recipe

    context = Context()
    context.setup_dirs(tempfile.mkdtemp())
    bootstrap = Bootstrap.get_bootstrap("sdl2", context)
    order, modules, _ = get_recipe_order_and_bootstrap(context, names, bootstrap)
    recipes = {name: Recipe.get_recipe(name, context) for name in order}
    brought = {name for recipe in recipes.values() for name in recipe.python_depends}
    told = {
        "python-for-android": version("python-for-android"),
        "recipes": {name: recipe.version for name, recipe in recipes.items()},
        "pip": sorted({name.lower() for name in (*modules, *brought)}),
    }
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
