package io.jenkins.plugins.jirasend.jenkinsfiles;

import hudson.model.Result;
import io.jenkins.plugins.jirasend.freestyle.SendAction;
import io.jenkins.plugins.jirasend.freestyle.SendBuildInfoAction;
import io.jenkins.plugins.jirasend.freestyle.SendDeploymentInfoAction;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import net.sf.json.JSONObject;

/**
 * The part of script/demo that shows the plugin: a Jenkinsfile and a freestyle job, through JNI and
 * the core, to the sandbox of the demo. Of Jenkins itself there is nothing here; it is played.
 *
 * <p>Arguments: the file that the sandbox wrote when it was ready, and a folder for the outbox. Ends
 * with 1 when Jira does not show what was sent.
 */
final class Demo {
    private static final String PIPELINE = "shop/search/main";
    private static final String FREESTYLE = "pay/nightly";

    private int missing;

    public static void main(String[] arguments) throws Exception {
        Demo demo = new Demo();
        try (Lab lab = new Lab(Path.of(arguments[1]), Sandbox.running(Path.of(arguments[0])))) {
            demo.check(lab.sandbox, demo.jenkinsfile("build-and-deploy"), 2);
            System.out.println();
            demo.check(lab.sandbox, demo.freestyle(), 1);
        }
        // Not by returning: a thread that somebody left must not keep the demo waiting.
        System.exit(demo.missing == 0 ? 0 : 1);
    }

    private Build jenkinsfile(String name) {
        Pipeline pipeline = new Pipeline(PIPELINE, 58, Map.of("BRANCH_NAME", "main"));
        pipeline.build.commits("SHOP-440 Search survives an empty basket", "OPS-63: smaller images of the shop");
        String result = pipeline.run(name);
        show("The Pipeline " + PIPELINE + ", examples/jenkins/" + name + ".Jenkinsfile", pipeline.build, result);
        if (!result.equals("SUCCESS")) {
            say("It should have been a success: " + pipeline.problem());
            missing++;
        }
        return pipeline.build;
    }

    /** What Jenkins does with post-build actions when the builders are done. */
    private Build freestyle() throws Exception {
        Build build = new Build(FREESTYLE, 113, Map.of("GIT_BRANCH", "origin/main"));
        build.commits("PAY-101 Refunds are rounded once");
        build.currentBuild.worsen(Result.SUCCESS);
        SendDeploymentInfoAction deployment = new SendDeploymentInfoAction("eu-testing", "Testing EU");
        deployment.setEnvironmentType("testing");
        for (SendAction action : List.of(new SendBuildInfoAction(), deployment)) {
            action.setFailOnError(true);
            if (!action.perform(build.run, null, build.listener)) {
                build.currentBuild.worsen(Result.FAILURE);
            }
        }
        show("The freestyle job " + FREESTYLE + ", with both post-build actions", build, build.currentResult());
        return build;
    }

    private static void show(String title, Build build, String result) {
        say(title + ", says in its console:");
        System.out.println();
        build.log().lines().forEach(line -> say("    " + line));
        say("    Finished: " + result);
    }

    /** The console may say what it likes: what counts is what Jira shows. */
    private void check(Sandbox sandbox, Build build, int deployments) {
        long shownBuilds = sandbox.state("builds").stream()
                .filter(item -> item.getString("pipelineId").equals(build.env.get("JOB_NAME").replace("/", "~2F")))
                .filter(item -> item.getInt("buildNumber") == build.run.getNumber())
                .filter(Demo::isSuccessful)
                .count();
        long shownDeployments = sandbox.state("deployments").stream()
                .filter(item -> item.getJSONObject("pipeline").getString("id").equals(build.env.get("JOB_NAME").replace("/", "~2F")))
                .filter(item -> item.getInt("deploymentSequenceNumber") == build.run.getNumber())
                .filter(Demo::isSuccessful)
                .count();
        if (shownBuilds != 1 || shownDeployments != deployments) {
            System.out.println();
            say(String.format(
                    "Of %s Jira should show the build and %d successful deployments, but shows %d builds and %d deployments.",
                    build.env.get("JOB_NAME"), deployments, shownBuilds, shownDeployments));
            missing++;
        }
    }

    private static boolean isSuccessful(JSONObject item) {
        return item.getString("state").equals("successful");
    }

    private static void say(String line) {
        System.out.println("   " + line);
    }
}
