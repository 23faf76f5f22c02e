"""What proves that an answer belongs to our question: state, and PKCE's verifier and challenge."""

import hashlib
import secrets


def new_state() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def new_verifier() -> str:
    """Return a code verifier of 256 random bits (RFC 7636, section 4.1)."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str, encoding: str = "base64url") -> str:
    """Return the S256 challenge of a verifier; `hex` is how TikTok writes it."""
    if encoding == "hex":
        return hashlib.sha256(verifier.encode("ascii")).hexdigest()
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    return str(create_s256_code_challenge(verifier))
