"""What a person asks for by name, written once for every door.

A command takes who asks, the place and its arguments, and returns a Page; the doors only parse and draw.
`catalogue` lists them all.
"""
