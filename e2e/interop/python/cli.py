"""The command line of the AWS Encryption SDK: a process for every command, as people run it."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_encryption_sdk.identifiers import AlgorithmSuite
from oracle import digest, plaintext, runtime, serve

program = sys.argv[1]


def run(request, *parameters):
    options = [
        *("--suppress-metadata", "--wrapping-keys", f"key={request['keyring']['keyId']}"),
        *("--commitment-policy", request["commitmentPolicy"].lower().replace("_", "-")),
        *("--encryption-context", *(f"{k}={v}" for k, v in request["encryptionContext"].items())),
    ]
    done = subprocess.run([program, *parameters, *options], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-600:])


def encrypt(request):
    with TemporaryDirectory() as folder:
        text = Path(folder, "plaintext")
        text.write_bytes(plaintext(request["length"]))
        algorithm = AlgorithmSuite.get_by_id(int(request["suite"], 16)).name
        shape = ("--algorithm", algorithm, "--frame-length", str(request["frameLength"]))
        run(request, "--encrypt", "--input", str(text), "--output", request["to"], *shape)
    return {}


def decrypt(request):
    with TemporaryDirectory() as folder:
        text = Path(folder, "plaintext")
        run(request, "--decrypt", "--input", request["from"], "--output", str(text), "--buffer")
        return {**digest(text.read_bytes()), "encryptionContext": request["encryptionContext"]}


def hello(_):
    sdk = version("aws-encryption-sdk")
    return {"version": version("aws-encryption-sdk-cli"), "runtime": f"{runtime()}, AWS Encryption SDK {sdk}"}


serve({"hello": hello, "encrypt": encrypt, "decrypt": decrypt})
