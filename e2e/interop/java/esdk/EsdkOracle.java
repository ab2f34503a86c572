import com.amazonaws.encryptionsdk.AwsCrypto;
import com.amazonaws.encryptionsdk.CommitmentPolicy;
import com.amazonaws.encryptionsdk.CryptoAlgorithm;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.cryptography.materialproviders.IKeyring;
import software.amazon.cryptography.materialproviders.MaterialProviders;
import software.amazon.cryptography.materialproviders.model.AesWrappingAlg;
import software.amazon.cryptography.materialproviders.model.CreateAwsKmsKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateMultiKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawAesKeyringInput;
import software.amazon.cryptography.materialproviders.model.CreateRawRsaKeyringInput;
import software.amazon.cryptography.materialproviders.model.MaterialProvidersConfig;
import software.amazon.cryptography.materialproviders.model.PaddingScheme;

/** The AWS Encryption SDK for Java, with the keyrings of the material providers. */
final class EsdkOracle {
    private final KmsClient kms;
    private final MaterialProviders providers = MaterialProviders.builder()
            .MaterialProvidersConfig(MaterialProvidersConfig.builder().build()).build();

    private EsdkOracle(JsonNode cloud) {
        kms = KmsClient.builder().region(Region.of(Oracle.text(cloud, "region")))
                .endpointOverride(URI.create(Oracle.text(cloud, "endpoint")))
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials
                        .create(Oracle.text(cloud, "accessKeyId"), Oracle.text(cloud, "secretAccessKey"))))
                .build();
    }

    public static void main(String[] arguments) throws Exception {
        EsdkOracle oracle = new EsdkOracle(JsonNode.parser().parse(arguments[0]));
        Oracle.serve((command, request) -> switch (command) {
            case "hello" -> Map.of("version", Oracle.versionOf(AwsCrypto.class), "runtime",
                    "Java " + Runtime.version().feature());
            case "encrypt" -> oracle.encrypt(request);
            case "decrypt" -> oracle.decrypt(request);
            default -> throw new IllegalArgumentException("no such command: " + command);
        });
    }

    private Map<String, Object> encrypt(JsonNode request) throws Exception {
        int suite = Integer.parseInt(Oracle.text(request, "suite"), 16);
        CryptoAlgorithm algorithm = Arrays.stream(CryptoAlgorithm.values())
                .filter(each -> (each.getValue() & 0xffff) == suite).findAny().orElseThrow();
        AwsCrypto client = AwsCrypto.builder().withCommitmentPolicy(policy(request)).withEncryptionAlgorithm(algorithm)
                .withEncryptionFrameSize(Math.toIntExact(Oracle.number(request, "frameLength"))).build();
        byte[] message = client.encryptData(keyring(Oracle.object(request, "keyring")),
                Oracle.plaintext(Oracle.number(request, "length")), Oracle.pairs(request, "encryptionContext")).getResult();
        Files.write(Path.of(Oracle.text(request, "to")), message);
        return Map.of();
    }

    private Map<String, Object> decrypt(JsonNode request) throws Exception {
        AwsCrypto client = AwsCrypto.builder().withCommitmentPolicy(policy(request)).build();
        byte[] message = Files.readAllBytes(Path.of(Oracle.text(request, "from")));
        var opened = client.decryptData(keyring(Oracle.object(request, "keyring")), message);
        Map<String, Object> result = Oracle.digest(new ByteArrayInputStream(opened.getResult()));
        result.put("encryptionContext", opened.getEncryptionContext());
        return result;
    }

    private static CommitmentPolicy policy(JsonNode request) {
        return switch (Oracle.text(request, "commitmentPolicy")) {
            case "FORBID_ENCRYPT_ALLOW_DECRYPT" -> CommitmentPolicy.ForbidEncryptAllowDecrypt;
            case "REQUIRE_ENCRYPT_ALLOW_DECRYPT" -> CommitmentPolicy.RequireEncryptAllowDecrypt;
            case "REQUIRE_ENCRYPT_REQUIRE_DECRYPT" -> CommitmentPolicy.RequireEncryptRequireDecrypt;
            default -> throw new IllegalArgumentException("no such policy");
        };
    }

    private IKeyring keyring(JsonNode keyring) {
        return switch (Oracle.text(keyring, "kind")) {
            case "raw-aes" -> {
                byte[] key = Base64.getDecoder().decode(Oracle.text(keyring, "key"));
                yield providers.CreateRawAesKeyring(CreateRawAesKeyringInput.builder()
                        .keyNamespace(Oracle.text(keyring, "namespace")).keyName(Oracle.text(keyring, "name"))
                        .wrappingKey(ByteBuffer.wrap(key))
                        .wrappingAlg(AesWrappingAlg.valueOf("ALG_AES" + 8 * key.length + "_GCM_IV12_TAG16")).build());
            }
            case "raw-rsa" -> providers.CreateRawRsaKeyring(CreateRawRsaKeyringInput.builder()
                    .keyNamespace(Oracle.text(keyring, "namespace")).keyName(Oracle.text(keyring, "name"))
                    .paddingScheme(PaddingScheme.valueOf("OAEP_" + Oracle.text(keyring, "hash") + "_MGF1"))
                    .publicKey(utf8(Oracle.text(keyring, "publicPem")))
                    .privateKey(utf8(Oracle.text(keyring, "privatePem"))).build());
            case "kms" -> providers.CreateAwsKmsKeyring(CreateAwsKmsKeyringInput.builder().kmsClient(kms)
                    .kmsKeyId(Oracle.text(keyring, "keyId")).build());
            case "multi" -> {
                List<IKeyring> children = new ArrayList<>();
                Oracle.list(keyring, "children").forEach(child -> children.add(keyring(child)));
                yield providers.CreateMultiKeyring(CreateMultiKeyringInput.builder()
                        .generator(keyring(Oracle.object(keyring, "generator"))).childKeyrings(children).build());
            }
            default -> throw new IllegalArgumentException("no such keyring");
        };
    }

    private static ByteBuffer utf8(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }
}
