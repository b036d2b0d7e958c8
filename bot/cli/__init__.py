"""The shell's door.

start     what the shell runs first
main      the command `ember` and its options
chat      `ember run` and `ember chat`
memory    `ember memory …`
data      `ember migrate`, `ember backup`, `ember restore`: the database as a whole
exchange  `ember memory export` and `import`: one person's file
asking    a question with yes or no, in the shell
failures  known errors as one line
output    tables, or the same as JSON
"""
