import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.protocols.jsoncore.JsonNode;
import software.amazon.awssdk.protocols.jsoncore.JsonWriter;

/** One JSON command per line comes in, one JSON answer per line goes out, told apart by `id`. */
final class Oracle {
    interface Commands {
        Map<String, Object> run(String command, JsonNode request) throws Exception;
    }

    private Oracle() {}

    static void serve(Commands commands) throws IOException {
        PrintStream answers = System.out;
        System.setOut(System.err); // What the clients print is no answer.
        // One at a time: an object of 64 MiB takes several hundred MiB of heap to open.
        ExecutorService worker = Executors.newSingleThreadExecutor();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode request = JsonNode.parser().parse(line);
            worker.execute(() -> {
                Map<String, Object> answer = new LinkedHashMap<>();
                answer.put("id", Long.parseLong(request.field("id").get().asNumber()));
                try {
                    answer.put("result", commands.run(text(request, "command"), request));
                } catch (Throwable error) {
                    answer.put("error", chain(error));
                }
                answers.println(json(answer));
                answers.flush();
            });
        }
        worker.shutdownNow();
        System.exit(0);
    }

    /** A text field, or null where there is none. */
    static String text(JsonNode object, String field) {
        return object.field(field).filter(JsonNode::isString).map(JsonNode::asString).orElse(null);
    }

    /** A whole number; 0 where there is none. */
    static long number(JsonNode object, String field) {
        return object.field(field).filter(JsonNode::isNumber).map(node -> Long.parseLong(node.asNumber())).orElse(0L);
    }

    static boolean flag(JsonNode object, String field) {
        return object.field(field).filter(JsonNode::isBoolean).map(JsonNode::asBoolean).orElse(false);
    }

    static JsonNode object(JsonNode object, String field) {
        return object.field(field).filter(JsonNode::isObject).orElse(null);
    }

    static List<JsonNode> list(JsonNode object, String field) {
        return object.field(field).filter(JsonNode::isArray).map(JsonNode::asArray).orElse(List.of());
    }

    /** Text to text; empty where there is none. */
    static Map<String, String> pairs(JsonNode object, String field) {
        Map<String, String> pairs = new LinkedHashMap<>();
        JsonNode found = object(object, field);
        if (found != null) found.asObject().forEach((name, value) -> pairs.put(name, value.asString()));
        return pairs;
    }

    /** The plaintext of a length: see plaintext.ts. */
    static byte[] plaintext(long length) throws Exception {
        byte[] key = new byte[32];
        for (int i = 0; i < key.length; i++) key[i] = (byte) i;
        Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(new byte[16]));
        return cipher.doFinal(new byte[Math.toIntExact(length)]);
    }

    /** Reads to the end and says what was there. */
    static Map<String, Object> digest(InputStream in) throws Exception {
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            sha256.update(buffer, 0, count);
            length += count;
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("length", length);
        result.put("sha256", HexFormat.of().formatHex(sha256.digest()));
        return result;
    }

    /** The version in a jar's file name. */
    static String versionOf(Class<?> type) {
        String jar = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceFirst(".*-(\\d[^/]*)\\.jar$", "$1");
    }

    /** An error and its causes, as `class: message`. */
    private static List<String> chain(Throwable error) {
        List<String> found = new ArrayList<>();
        for (Throwable each = error; each != null && found.size() < 8; each = each.getCause()) {
            found.add(each.getClass().getSimpleName() + ": " + each.getMessage());
        }
        return found;
    }

    private static String json(Object value) {
        JsonWriter writer = JsonWriter.create();
        write(writer, value);
        return new String(writer.getBytes(), StandardCharsets.UTF_8);
    }

    private static void write(JsonWriter writer, Object value) {
        if (value instanceof Map<?, ?> map) {
            writer.writeStartObject();
            map.forEach((name, each) -> {
                writer.writeFieldName(name.toString());
                write(writer, each);
            });
            writer.writeEndObject();
        } else if (value instanceof List<?> list) {
            writer.writeStartArray();
            list.forEach(each -> write(writer, each));
            writer.writeEndArray();
        } else if (value instanceof Long number) {
            writer.writeValue(number);
        } else {
            writer.writeValue(String.valueOf(value));
        }
    }
}
