"""The shell's door.

start     what the shell runs first
main      the command `ember` and its options
chat      `ember run` and `ember chat`
memory    `ember memory …`
doctor    `ember doctor`
failures  known errors as one line
output    tables, or the same as JSON
"""
