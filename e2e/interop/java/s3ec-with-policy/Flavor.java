import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;

/** Versions 3.6 and 4: a commitment policy, and the suite that goes with it. */
final class Flavor {
    private Flavor() {}

    static S3EncryptionClient.Builder builder(String commitmentPolicy) {
        CommitmentPolicy policy = CommitmentPolicy.valueOf(commitmentPolicy);
        return S3EncryptionClient.builderV4().commitmentPolicy(policy).encryptionAlgorithm(policy.requiresEncrypt()
                ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
    }
}
