package io.jenkins.plugins.jirasend.jenkinsfiles;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.sf.json.JSONArray;
import net.sf.json.JSONObject;

/** A real jirasend-sandbox, and questions to it. */
final class Sandbox implements AutoCloseable {
    /** System property: the program. */
    static final String PROGRAM = "jirasend.sandbox";

    /** Null when somebody else started it, and will stop it. */
    private final Process process;

    private final JSONObject settings;
    private final HttpClient http = HttpClient.newHttpClient();

    Sandbox(Path folder) throws IOException, InterruptedException {
        Path ready = folder.resolve("ready.json");
        process = new ProcessBuilder(
                        System.getProperty(PROGRAM), "--port", "0", "--quiet", "--ready-file", ready.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("sandbox.log").toFile())
                .start();
        for (int i = 0; !Files.exists(ready); i++) {
            if (i > 600 || !process.isAlive()) {
                process.destroy();
                throw new IOException("The sandbox did not start: " + Files.readString(folder.resolve("sandbox.log")));
            }
            Thread.sleep(50);
        }
        settings = JSONObject.fromObject(Files.readString(ready));
    }

    private Sandbox(JSONObject settings) {
        process = null;
        this.settings = settings;
    }

    /** One that is running, by the file that it wrote when it was ready. */
    static Sandbox running(Path ready) throws IOException {
        return new Sandbox(JSONObject.fromObject(Files.readString(ready)));
    }

    String url() {
        return settings.getString("url");
    }

    String clientId() {
        return settings.getString("clientId");
    }

    String secret() {
        return settings.getString("clientSecret");
    }

    String cloudId() {
        return settings.getString("cloudId");
    }

    /** What Jira shows: "builds" or "deployments". */
    List<JSONObject> state(String kind) {
        return objects(JSONObject.fromObject(get("/_sandbox/state")).getJSONArray(kind));
    }

    /** Every item of that kind that was sent and answered with success, oldest first. */
    List<JSONObject> sent(String kind) {
        List<JSONObject> items = new ArrayList<>();
        for (JSONObject request : objects(JSONArray.fromObject(get("/_sandbox/log")))) {
            if (request.getString("path").contains("/" + kind + "/")
                    && request.getString("method").equals("POST")
                    && request.getInt("status") == 202) {
                JSONObject body = request.get("body") instanceof JSONObject object
                        ? object
                        : JSONObject.fromObject(request.getString("body"));
                items.addAll(objects(body.getJSONArray(kind)));
            }
        }
        return items;
    }

    /** How many requests of that kind were answered with this status. */
    long answered(String kind, int status) {
        return objects(JSONArray.fromObject(get("/_sandbox/log"))).stream()
                .filter(request -> request.getString("path").contains("/" + kind + "/"))
                .filter(request -> request.getInt("status") == status)
                .count();
    }

    /** How many requests came whose path holds that text. */
    long asked(String path) {
        return objects(JSONArray.fromObject(get("/_sandbox/log"))).stream()
                .filter(request -> request.getString("path").contains(path))
                .count();
    }

    void faults(String json) {
        post("/_sandbox/faults", json);
    }

    void clearFaults() {
        ask(HttpRequest.newBuilder(URI.create(url() + "/_sandbox/faults")).DELETE());
    }

    void gate(String pipelineId, String environmentId, int number, String status) {
        JSONObject gate = new JSONObject();
        gate.put("pipelineId", pipelineId);
        gate.put("environmentId", environmentId);
        gate.put("number", number);
        gate.put("status", status);
        post("/_sandbox/gates", gate.toString());
    }

    private static List<JSONObject> objects(JSONArray array) {
        List<JSONObject> objects = new ArrayList<>();
        array.forEach(element -> objects.add((JSONObject) element));
        return objects;
    }

    private String get(String path) {
        return ask(HttpRequest.newBuilder(URI.create(url() + path)));
    }

    private void post(String path, String json) {
        ask(HttpRequest.newBuilder(URI.create(url() + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    private String ask(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 300) {
                throw new AssertionError(answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws InterruptedException {
        if (process == null) {
            return;
        }
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the sandbox did not end");
        }
    }
}
