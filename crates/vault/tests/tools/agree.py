#!/usr/bin/env python3
"""Computes with other libraries what the vault computes.

    agree.py words   SEED…                        the 24 words of each seed (PyPI `mnemonic`)
    agree.py seeds   WORDS…                       the seed of each text of words
    agree.py keys    SEED…                        the keys that follow from each seed, as JSON
    agree.py secret  FILE PASSPHRASE              the age identity of a passphrase, from the header
                                                  of a vault or a backup (PyPI `argon2-cffi`)

Seeds are hexadecimal digits; one line of output for each. Written from docs/identity.md and from
nothing else, so that what stands there is enough to open one's own files without HAI-Net.
"""

import base64
import hashlib
import hmac
import json
import sys
import unicodedata

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def base58(data):
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def bech32(prefix, data):
    """BIP-173, the form in which age writes its keys."""
    bits = int.from_bytes(data, "big")
    length = (len(data) * 8 + 4) // 5
    bits <<= length * 5 - len(data) * 8
    values = [bits >> 5 * (length - 1 - place) & 31 for place in range(length)]

    def polymod(values):
        check = 1
        for value in values:
            top = check >> 25
            check = (check & 0x1FFFFFF) << 5 ^ value
            for bit, generator in enumerate(
                (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
            ):
                check ^= generator if top >> bit & 1 else 0
        return check

    expanded = [ord(letter) >> 5 for letter in prefix] + [0]
    expanded += [ord(letter) & 31 for letter in prefix]
    check = polymod(expanded + values + [0] * 6) ^ 1
    values += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return prefix + "1" + "".join(BECH32[value] for value in values)


def age_identity(secret):
    return bech32("age-secret-key-", secret).upper()


def hkdf(seed, label):
    """RFC 5869 with SHA-256, no salt, 32 bytes."""
    key = hmac.new(bytes(32), seed, hashlib.sha256).digest()
    return hmac.new(key, label.encode() + b"\1", hashlib.sha256).digest()


def words(seed):
    from mnemonic import Mnemonic

    return Mnemonic("english").to_mnemonic(bytes.fromhex(seed))


def seed_of(text):
    from mnemonic import Mnemonic

    return bytes(Mnemonic("english").to_entropy(text)).hex()


def keys(seed):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    seed = bytes.fromhex(seed)
    owner = Ed25519PrivateKey.from_private_bytes(hkdf(seed, "hai-net/owner/ed25519/1"))
    encryption = X25519PrivateKey.from_private_bytes(hkdf(seed, "hai-net/owner/x25519/1"))
    public = [key.public_key().public_bytes_raw() for key in (owner, encryption)]
    recovery = hkdf(seed, "hai-net/recovery/age-x25519/1")
    return json.dumps(
        {
            "did": "did:key:z" + base58(b"\xed\x01" + public[0]),
            "encryption": "z" + base58(b"\xec\x01" + public[1]),
            "recovery": age_identity(recovery),
        }
    )


def secret(path, passphrase):
    import argon2.low_level

    with open(path, "rb") as file:
        header = file.read(4096).split(b"\n---", 1)[0].decode()
    (line,) = [line for line in header.split("\n") if line.startswith("-> hai-net-argon2id ")]
    _, _, form, _vault, salt, memory, passes, lanes = line.split(" ")
    if form != "1":
        raise SystemExit(f"format {form} is not known here")
    key = argon2.low_level.hash_secret_raw(
        secret=unicodedata.normalize("NFKC", passphrase).encode(),
        salt=base64.b64decode(salt + "=="),
        time_cost=int(passes),
        memory_cost=int(memory),
        parallelism=int(lanes),
        hash_len=32,
        type=argon2.low_level.Type.ID,
        version=0x13,
    )
    return age_identity(key)


def main():
    verb, *rest = sys.argv[1:]
    if verb == "secret":
        print(secret(*rest))
        return
    compute = {"words": words, "seeds": seed_of, "keys": keys}[verb]
    for text in rest:
        print(compute(text))


main()
