"""One JSON command per line comes in, one JSON answer per line goes out, told apart by `id`."""

import hashlib
import json
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def serve(commands):
    """`commands` maps names to functions from a request to a result."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # What the clients print is no answer.
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"]}
        try:
            answer["result"] = commands[request["command"]](request)
        except Exception as error:
            answer["error"] = _chain(error)
        print(json.dumps(answer), file=answers, flush=True)


def plaintext(length):
    """The plaintext of a length: see plaintext.ts."""
    cipher = Cipher(algorithms.AES(bytes(range(32))), modes.CTR(bytes(16))).encryptor()
    return cipher.update(bytes(length))


def digest(data):
    return {"length": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def runtime():
    return f"Python {sys.version_info.major}.{sys.version_info.minor}"


def _chain(error):
    """An error and its causes, as `class: message`."""
    found = []
    while error is not None and len(found) < 8:
        found.append(f"{type(error).__name__}: {error}")
        error = error.__cause__
    return found
