import software.amazon.encryption.s3.S3EncryptionClient;

/** Versions before 3.6: format V2 alone, so there is no policy to choose. */
final class Flavor {
    private Flavor() {}

    static S3EncryptionClient.Builder builder(String commitmentPolicy) {
        return S3EncryptionClient.builder();
    }
}
