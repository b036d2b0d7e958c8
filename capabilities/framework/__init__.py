"""The machinery behind the capabilities.

    decorator -> registry -> runner

`context` is what a capability is given, `schema` what a model is told of it, `arguments` how a call is read,
`step_key` how a call is known again, `errors` how it ends badly.
"""
