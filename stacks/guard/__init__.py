"""The city's policy rules, written once and enforced twice: at the preview of a stack and by the API server of every centre.

A rule (`guard.rule`) is a value that says it in two ways, in Python for objects that are planned and in CEL for objects that
arrive, and the same cases test both. `catalogue` is the table of rules; `judge` asks them; `admission` makes them
ValidatingAdmissionPolicies of the foundation; `analyzer` and `pack` make them a policy pack of Pulumi's.
"""
