/* What a CI tells its jobs in files rather than in variables. */
#ifndef CLI_CI_FILES_H
#define CLI_CI_FILES_H

#include "base/buf.h"
#include "cli/ci.h"

#include <json-c/json.h>
#include <stdbool.h>

/*
 * A property of TeamCity's build, from the file in TEAMCITY_BUILD_PROPERTIES_FILE and the one
 * that this names as teamcity.configuration.properties.file. Appends the value; false: none.
 */
bool cli_ci_property(const char *name, js_buf *value);

/* GitHub's event document, owned by the caller; null: none that can be read. */
json_object *cli_ci_github_event(void);
/*
 * A text, whole number or truth value in GitHub's event document (the file in GITHUB_EVENT_PATH) by
 * its path of member names, such as "pull_request.title". Appends the value; false: none.
 */
bool cli_ci_github_member(const char *path, js_buf *value);

/* The commits of a push by GitHub's event document. */
void cli_ci_github_commits(cli_commit_fn take, void *context);

#endif
