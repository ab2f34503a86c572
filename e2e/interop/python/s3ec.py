"""The Amazon S3 Encryption Client for Python."""

import json
import sys
from importlib.metadata import version

import boto3
from botocore.config import Config
from oracle import digest, plaintext, runtime, serve
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

cloud = json.loads(sys.argv[1])
access = {
    "endpoint_url": cloud["endpoint"],
    "region_name": cloud["region"],
    "aws_access_key_id": cloud["accessKeyId"],
    "aws_secret_access_key": cloud["secretAccessKey"],
}
kms = boto3.client("kms", **access)


def client(options):
    """It hooks itself into the S3 client that it is given, so each has one of its own."""
    policy = options["commitmentPolicy"]
    forbids = policy == "FORBID_ENCRYPT_ALLOW_DECRYPT"
    return S3EncryptionClient(
        boto3.client("s3", config=Config(s3={"addressing_style": "path"}), **access),
        S3EncryptionClientConfig(
            keyring=KmsKeyring(kms, options["keyring"]["keyId"]),
            commitment_policy=CommitmentPolicy[policy],
            encryption_algorithm=AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF
            if forbids
            else AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
        ),
    )


def target(request):
    return {"Bucket": request["bucket"], "Key": request["key"]}


def context(request):
    pairs = request.get("encryptionContext")
    return {"EncryptionContext": pairs} if pairs else {}


def write(request):
    s3 = client(request["client"])
    to = target(request)
    body = plaintext(request["length"])
    lengths = request.get("parts")
    if not lengths:
        s3.put_object(**to, **context(request), Body=body)
        return {}
    upload = {**to, "UploadId": s3.create_multipart_upload(**to, **context(request))["UploadId"]}
    parts = []
    start = 0
    for number, length in enumerate(lengths, 1):
        part = body[start : start + length]
        start += length
        answer = s3.upload_part(
            **upload, PartNumber=number, Body=part, IsLastPart=number == len(lengths)
        )
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    return {}


def read(request):
    suffix = request.get("instructionFileSuffix")
    answer = client(request["client"]).get_object(
        **target(request),
        **context(request),
        **({"InstructionFileSuffix": suffix} if suffix else {}),
        **({"Range": request["range"]} if "range" in request else {}),
    )
    return digest(answer["Body"].read())


def hello(_):
    return {"version": version("amazon-s3-encryption-client-python"), "runtime": runtime()}


serve({"hello": hello, "write": write, "read": read})
