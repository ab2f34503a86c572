"""The AWS Encryption SDK for Python, with the keyrings of the material providers."""

import base64
import json
import sys
from importlib.metadata import version
from pathlib import Path

import aws_encryption_sdk
import boto3
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg,
    CreateAwsKmsKeyringInput,
    CreateMultiKeyringInput,
    CreateRawAesKeyringInput,
    CreateRawRsaKeyringInput,
    PaddingScheme,
)
from aws_encryption_sdk.identifiers import AlgorithmSuite, CommitmentPolicy
from oracle import digest, plaintext, runtime, serve

cloud = json.loads(sys.argv[1])
kms = boto3.client(
    "kms",
    endpoint_url=cloud["endpoint"],
    region_name=cloud["region"],
    aws_access_key_id=cloud["accessKeyId"],
    aws_secret_access_key=cloud["secretAccessKey"],
)
providers = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


def client(request):
    policy = CommitmentPolicy[request["commitmentPolicy"]]
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)


def keyring(options):
    kind = options["kind"]
    if kind == "raw-aes":
        key = base64.b64decode(options["key"])
        return providers.create_raw_aes_keyring(
            CreateRawAesKeyringInput(
                key_namespace=options["namespace"],
                key_name=options["name"],
                wrapping_key=key,
                wrapping_alg=getattr(AesWrappingAlg, f"ALG_AES{8 * len(key)}_GCM_IV12_TAG16"),
            )
        )
    if kind == "raw-rsa":
        return providers.create_raw_rsa_keyring(
            CreateRawRsaKeyringInput(
                key_namespace=options["namespace"],
                key_name=options["name"],
                padding_scheme=getattr(PaddingScheme, f"OAEP_{options['hash']}_MGF1"),
                public_key=options["publicPem"].encode(),
                private_key=options["privatePem"].encode(),
            )
        )
    if kind == "kms":
        return providers.create_aws_kms_keyring(
            CreateAwsKmsKeyringInput(kms_key_id=options["keyId"], kms_client=kms)
        )
    return providers.create_multi_keyring(
        CreateMultiKeyringInput(
            generator=keyring(options["generator"]),
            child_keyrings=[keyring(child) for child in options["children"]],
        )
    )


def encrypt(request):
    message, _ = client(request).encrypt(
        source=plaintext(request["length"]),
        keyring=keyring(request["keyring"]),
        algorithm=AlgorithmSuite.get_by_id(int(request["suite"], 16)),
        frame_length=request["frameLength"],
        encryption_context=request.get("encryptionContext", {}),
    )
    Path(request["to"]).write_bytes(message)
    return {}


def decrypt(request):
    message = Path(request["from"]).read_bytes()
    opened, header = client(request).decrypt(source=message, keyring=keyring(request["keyring"]))
    return {**digest(opened), "encryptionContext": header.encryption_context}


def hello(_):
    return {"version": version("aws-encryption-sdk"), "runtime": runtime()}


serve({"hello": hello, "encrypt": encrypt, "decrypt": decrypt})
