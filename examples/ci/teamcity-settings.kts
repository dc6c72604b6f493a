// TeamCity, as a Kotlin DSL. The parameter JIRASEND_CLIENT_SECRET is a password parameter: make it in
// the project's settings, TeamCity writes its credentialsJSON token here. Everything else jirasend
// knows from TeamCity's properties file. The agent has jirasend. report-build, which lies beside this
// example and is put into the folder ci of the repository, tells Jira that the build started and how it
// ended, which a step of its own could not know.
import jetbrains.buildServer.configs.kotlin.*
import jetbrains.buildServer.configs.kotlin.buildSteps.script
import jetbrains.buildServer.configs.kotlin.triggers.vcs

version = "2023.11"

project {
    buildType(Test)
}

object Test : BuildType({
    name = "Test"

    params {
        param("env.JIRASEND_SITE", "your-site.atlassian.net")
        param("env.JIRASEND_CLIENT_ID", "your-client-id")
        password("env.JIRASEND_CLIENT_SECRET", "credentialsJSON:your-token")
        // A folder of the agent that outlives the build: no news is lost while Jira is down.
        param("env.JIRASEND_OUTBOX", "%system.agent.persistent.cache%/jirasend")
    }

    vcs {
        root(DslContext.settingsRoot)
    }

    steps {
        script {
            scriptContent = "ci/report-build make test"
        }
    }

    triggers {
        vcs {}
    }
})
