"""The shell face: commands that print data to standard output and talk on standard error.

Three kinds of modules, so that `--help` stays quick: what a person can type (`commands`, `shared`, `command`,
`main`) imports click alone; the worker of a command (`runs`, `hist`, ...) is imported when it is invoked; the
rest (`table`, `json_text`, `find`, ...) serves the workers.
"""
