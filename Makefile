# Everything is made where it is missing; README.md says what each verb does.
# ARGS go to pytest: make test ARGS="tests/core -k cluster"

python := $(shell for each in python3.13 python3.12 python3.11 python3 python3.14; do \
	"$$each" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo "$$each" && break; \
	done)

.PHONY: run serve app test lint bench soak bundle

run serve app test lint bench soak bundle:
	$(if $(python),,$(error Python 3.11 to 3.14 is needed, and none is on the PATH))
	@exec $(python) -m backend.run $@
