"""The REST interface under `/api/v1`: projects, Runs and their series, work, operated calls.

It stands behind the same guard as the pages, so that who asks is known; its OpenAPI document is
`/api/v1/openapi.json`. Errors are problem documents [1]_ with the words of `TwinError`.

References
----------
.. [1] M. Nottingham, E. Wilde, S. Dalal, *Problem Details for HTTP APIs*, RFC 9457, 2023.
"""
