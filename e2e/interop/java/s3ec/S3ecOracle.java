import java.net.URI;
import java.nio.ByteBuffer;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.internal.ReEncryptInstructionFileRequest;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RawKeyring;
import software.amazon.encryption.s3.materials.RsaKeyring;
import software.amazon.encryption.s3.materials.S3Keyring;

/** The Amazon S3 Encryption Client for Java. What its versions do differently is in `Flavor`. */
final class S3ecOracle {
    private final S3Client plain;
    private final S3AsyncClient plainAsync;
    private final KmsClient kms;
    private final Map<String, S3EncryptionClient> clients = new ConcurrentHashMap<>();

    private S3ecOracle(JsonNode cloud) {
        Region region = Region.of(Oracle.text(cloud, "region"));
        URI endpoint = URI.create(Oracle.text(cloud, "endpoint"));
        var credentials = StaticCredentialsProvider.create(
                AwsBasicCredentials.create(Oracle.text(cloud, "accessKeyId"), Oracle.text(cloud, "secretAccessKey")));
        // The encryption client closes neither the stream of an instruction file nor that of an object it refuses:
        // with pools of the usual 50 connections it would wait for ever for the next.
        plain = S3Client.builder().region(region).endpointOverride(endpoint).credentialsProvider(credentials)
                .forcePathStyle(true).httpClientBuilder(ApacheHttpClient.builder().maxConnections(10_000)).build();
        plainAsync = S3AsyncClient.builder().region(region).endpointOverride(endpoint)
                .credentialsProvider(credentials).forcePathStyle(true)
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().maxConcurrency(10_000)).build();
        kms = KmsClient.builder().region(region).endpointOverride(endpoint).credentialsProvider(credentials).build();
    }

    public static void main(String[] arguments) throws Exception {
        warmUp();
        S3ecOracle oracle = new S3ecOracle(JsonNode.parser().parse(arguments[0]));
        Oracle.serve((command, request) -> switch (command) {
            case "hello" -> Map.of("version", Oracle.versionOf(S3EncryptionClient.class), "runtime",
                    "Java " + Runtime.version().feature());
            case "write" -> oracle.write(request);
            case "read" -> oracle.read(request);
            case "re-encrypt" -> oracle.reEncrypt(request);
            default -> throw new IllegalArgumentException("no such command: " + command);
        });
    }

    /**
     * The encryption client opens an object with one call of the cipher. Interpreted, as it is at first, such a call
     * takes a minute for 64 MiB, on the thread that reads from the network; small ones have it compiled.
     */
    private static void warmUp() throws Exception {
        SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
        byte[] text = new byte[1 << 14];
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        for (int i = 0; i < 3000; i++) {
            GCMParameterSpec iv = new GCMParameterSpec(128, ByteBuffer.allocate(12).putInt(i).array());
            cipher.init(Cipher.ENCRYPT_MODE, key, iv);
            byte[] sealed = cipher.doFinal(text);
            cipher.init(Cipher.DECRYPT_MODE, key, iv);
            cipher.doFinal(sealed);
        }
    }

    private Map<String, Object> write(JsonNode request) throws Exception {
        String bucket = Oracle.text(request, "bucket");
        String key = Oracle.text(request, "key");
        S3EncryptionClient client = client(request);
        byte[] body = Oracle.plaintext(Oracle.number(request, "length"));
        var context = S3EncryptionClient.withAdditionalConfiguration(Oracle.pairs(request, "encryptionContext"));
        List<JsonNode> partLengths = Oracle.list(request, "parts");
        if (partLengths.isEmpty()) {
            client.putObject(put -> put.bucket(bucket).key(key).overrideConfiguration(context),
                    RequestBody.fromBytes(body));
            return Map.of();
        }
        String uploadId = client.createMultipartUpload(
                create -> create.bucket(bucket).key(key).overrideConfiguration(context)).uploadId();
        List<CompletedPart> parts = new ArrayList<>();
        int start = 0;
        for (JsonNode partLength : partLengths) {
            int number = parts.size() + 1;
            int end = start + Integer.parseInt(partLength.asNumber());
            boolean last = number == partLengths.size();
            byte[] part = Arrays.copyOfRange(body, start, end);
            var uploaded = client.uploadPart(upload -> upload.bucket(bucket).key(key).uploadId(uploadId)
                    .partNumber(number).contentLength((long) part.length)
                    .sdkPartType(last ? SdkPartType.LAST : SdkPartType.DEFAULT), RequestBody.fromBytes(part));
            parts.add(CompletedPart.builder().partNumber(number).eTag(uploaded.eTag()).build());
            start = end;
        }
        client.completeMultipartUpload(complete -> complete.bucket(bucket).key(key).uploadId(uploadId)
                .multipartUpload(upload -> upload.parts(parts)));
        return Map.of();
    }

    private Map<String, Object> read(JsonNode request) throws Exception {
        String suffix = Oracle.text(request, "instructionFileSuffix");
        var options = suffix == null
                ? S3EncryptionClient.withAdditionalConfiguration(Oracle.pairs(request, "encryptionContext"))
                : S3EncryptionClient.withCustomInstructionFileSuffix(suffix);
        try (var body = client(request).getObject(get -> get.bucket(Oracle.text(request, "bucket"))
                .key(Oracle.text(request, "key")).range(Oracle.text(request, "range"))
                .overrideConfiguration(options))) {
            return Oracle.digest(body);
        }
    }

    private Map<String, Object> reEncrypt(JsonNode request) throws Exception {
        var change = ReEncryptInstructionFileRequest.builder().bucket(Oracle.text(request, "bucket"))
                .key(Oracle.text(request, "key")).newKeyring((RawKeyring<?>) keyring(Oracle.object(request, "newKeyring")))
                .enforceRotation(Oracle.flag(request, "enforceRotation"));
        String suffix = Oracle.text(request, "newSuffix");
        if (suffix != null) change.instructionFileSuffix(suffix);
        client(request).reEncryptInstructionFile(change.build());
        return Map.of();
    }

    private S3EncryptionClient client(JsonNode request) {
        JsonNode options = Oracle.object(request, "client");
        return clients.computeIfAbsent(options.toString(), ignored -> {
            var builder = Flavor.builder(Oracle.text(options, "commitmentPolicy"));
            return builder.wrappedClient(plain).wrappedAsyncClient(plainAsync)
                    .keyring(keyring(Oracle.object(options, "keyring")))
                    // By default 64 MiB, which the tag of an object of 64 MiB is beyond.
                    .setBufferSize(65L << 20)
                    .enableLegacyUnauthenticatedModes(Oracle.flag(options, "legacy"))
                    .instructionFileConfig(InstructionFileConfig.builder().instructionFileClient(plain)
                            .enableInstructionFilePutObject(Oracle.flag(options, "instructionFile")).build())
                    .build();
        });
    }

    private S3Keyring keyring(JsonNode keyring) {
        var description = MaterialsDescription.builder().putAll(Oracle.pairs(keyring, "materialsDescription")).build();
        try {
            return switch (Oracle.text(keyring, "kind")) {
                case "aes" -> AesKeyring.builder().wrappingKey(new SecretKeySpec(bytes(keyring, "key"), "AES"))
                        .materialsDescription(description).build();
                case "rsa" -> RsaKeyring.builder().wrappingKeyPair(keyPair(keyring)).materialsDescription(description)
                        .build();
                case "kms" -> KmsKeyring.builder().kmsClient(kms).wrappingKeyId(Oracle.text(keyring, "keyId")).build();
                default -> throw new IllegalArgumentException("no such keyring");
            };
        } catch (Exception error) {
            throw new IllegalArgumentException(error);
        }
    }

    private static PartialRsaKeyPair keyPair(JsonNode keyring) throws Exception {
        KeyFactory factory = KeyFactory.getInstance("RSA");
        PublicKey publicKey = factory.generatePublic(new X509EncodedKeySpec(bytes(keyring, "spki")));
        byte[] pkcs8 = bytes(keyring, "pkcs8");
        PrivateKey privateKey = pkcs8 == null ? null : factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        return new PartialRsaKeyPair(privateKey, publicKey);
    }

    private static byte[] bytes(JsonNode object, String field) {
        String text = Oracle.text(object, field);
        return text == null ? null : Base64.getDecoder().decode(text);
    }
}
