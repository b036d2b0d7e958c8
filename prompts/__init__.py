"""What Ember is told, versioned.

shipped/*.md    the prompts that come with Ember; prompt_file reads them
prompt_store    puts them in force at start, and gives the version in force, rendered
"""
