"""Two stores that people would use instead, measured in an environment of their own.

langgraph_store, mem0_store: programs that run there and print one line of figures; `beside` makes the environment.
"""
