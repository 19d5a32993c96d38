"""Signing in at somebody else's house: OpenID Connect.

allauth's own client asks for no nonce and, as it holds the token from the source, looks at no signature; this one does
both (`protocol.py`), keeps the secret encrypted, and then hands over to allauth's steps of signing in (`views.py`).
"""
