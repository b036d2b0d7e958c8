"""The terminal: one person, one place.

terminal        the conversation there, however its lines come in
prompt_line     a person at a keyboard: a prompt, a live answer
plain_lines     lines from a pipe, answers to a pipe; input_lines reads them
typed_commands  lines that begin with a slash
live_region     what is seen of an answer while it is made
drawing         answers, notices and pages as rich draws them, or as plain text
"""
