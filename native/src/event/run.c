/* What builds and deployments have in common: a run of a pipeline, in a state. */
#include "event/run.h"

#include "base/error.h"
#include "base/text.h"
#include "event/json.h"
#include "event/limits.h"
#include "event/references.h"
#include "event/words.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* "pending, in_progress, ... or unknown". */
static void list_states(js_buf *out, unsigned states) {
    for (int i = JS_STATE_PENDING; i <= JS_STATE_UNKNOWN; i++) {
        if ((states & 1U << i) != 0) {
            const char *before = i == JS_STATE_PENDING ? "" : i == JS_STATE_UNKNOWN ? " or " : ", ";
            js_buf_addf(out, "%s%s", before, js_state_name((js_state)i));
        }
    }
}

static jirasend_code read_state(js_reader *in) {
    js_run *run = &in->event->of.run;
    const js_kind_info *kind = js_kind_of(in->event->kind);
    const char *name = json_object_get_string(js_read_member(in, "state"));
    const char *word = js_state_word(name);
    if (word != NULL && js_state_from_name(word, &run->state) &&
        (kind->states & 1U << run->state) != 0) {
        return JIRASEND_OK;
    }
    char shown[JS_QUOTE_SIZE];
    js_quote(shown, name, strlen(name));
    js_buf known = JS_BUF_INIT;
    list_states(&known, kind->states);
    jirasend_code code = js_fail(in->error, JIRASEND_E_DOCUMENT,
                                 "\"state\" is \"%s\". The state of a %s must be %s.", shown,
                                 kind->noun, known.failed ? "another" : known.data);
    js_buf_clear(&known);
    return code;
}

jirasend_code js_run_read_stream(js_reader *in) {
    js_run *run = &in->event->of.run;
    const js_text_member texts[] = {{"pipelineId", &run->pipeline_id, js_limit_long_id}};
    jirasend_code code = js_read_texts(in, texts, COUNT_OF(texts));
    return code == JIRASEND_OK ? js_read_count(in, "number", &run->number, NULL) : code;
}

jirasend_code js_run_read(js_reader *in) {
    js_run *run = &in->event->of.run;
    const js_text_member texts[] = {
        {"pipelineName", &run->pipeline_name, js_limit_text},
        {"url", &in->event->url, js_limit_url},
        {"description", &run->description, js_limit_text},
        {"label", &run->label, js_limit_text},
    };
    jirasend_code code = js_run_read_stream(in);
    if (code == JIRASEND_OK) {
        code = js_read_texts(in, texts, COUNT_OF(texts));
    }
    if (code == JIRASEND_OK && run->pipeline_name == NULL) {
        size_t length = strlen(run->pipeline_id);
        code = js_limit_text(&run->pipeline_name, run->pipeline_id, length, "", in->error);
    }
    if (code == JIRASEND_OK) {
        code = read_state(in);
    }
    return code == JIRASEND_OK ? js_references_read(run, in) : code;
}

bool js_run_write(js_json_out *document, const js_event *event) {
    const js_run *run = &event->of.run;
    return js_write_text(document, "pipelineId", run->pipeline_id) &&
           js_write_number(document, "number", run->number) &&
           (event->deletion ||
            (js_write_text(document, "pipelineName", run->pipeline_name) &&
             js_write_text(document, "url", event->url) &&
             js_write_text(document, "state", js_state_name(run->state)) &&
             js_write_text(document, "description", run->description) &&
             js_write_text(document, "label", run->label) && js_references_put(document, run)));
}

bool js_run_write_facts(js_json_out *facts, const js_event *event) {
    const js_run *run = &event->of.run;
    return js_write_text(facts, "pipelineId", run->pipeline_id) &&
           js_write_number(facts, "number", run->number) &&
           (event->deletion ||
            (js_write_text(facts, "state", js_state_name(run->state)) &&
             js_write_text(facts, "url", event->url) && js_write_text(facts, "label", run->label)));
}

void js_run_clear(js_run *run) {
    free(run->pipeline_id);
    free(run->pipeline_name);
    free(run->description);
    free(run->label);
    js_references_clear(run);
}
