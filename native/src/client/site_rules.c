/* The rules by which a client reads documents, one set for each site that has options of its own. */
#include "client/options.h"

#include "base/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct site_entry {
    struct site_entry *next;
    char *site;
    js_options options; /* the site's alone */
    js_rules rules;     /* over those of the client */
} site_entry;

struct js_site_rules {
    pthread_rwlock_t lock;
    js_options config;
    js_rules others;
    site_entry *sites;
};

static void free_entry(site_entry *entry) {
    js_options_clear(&entry->options);
    js_rules_clear(&entry->rules);
    free(entry->site);
    free(entry);
}

js_site_rules *js_site_rules_new(const js_options *config) {
    js_site_rules *rules = calloc(1, sizeof *rules);
    if (rules == NULL || pthread_rwlock_init(&rules->lock, NULL) != 0) {
        free(rules);
        return NULL;
    }
    const js_options *layers[] = {config};
    if (!js_options_copy(&rules->config, config) || !js_rules_make(&rules->others, layers, 1)) {
        js_site_rules_free(rules);
        return NULL;
    }
    return rules;
}

void js_site_rules_free(js_site_rules *rules) {
    if (rules == NULL) {
        return;
    }
    while (rules->sites != NULL) {
        site_entry *next = rules->sites->next;
        free_entry(rules->sites);
        rules->sites = next;
    }
    js_rules_clear(&rules->others);
    js_options_clear(&rules->config);
    (void)pthread_rwlock_destroy(&rules->lock);
    free(rules);
}

static site_entry *find(const js_site_rules *rules, const char *site) {
    site_entry *entry = rules->sites;
    while (entry != NULL && strcmp(entry->site, site) != 0) {
        entry = entry->next;
    }
    return entry;
}

/* Of the site, else of all the sites that have none of their own. */
static const site_entry *find_or_default(const js_site_rules *rules, const char *site) {
    const site_entry *entry = find(rules, site);
    return entry != NULL ? entry : find(rules, "");
}

static void replace(js_site_rules *rules, site_entry *entry) {
    (void)pthread_rwlock_wrlock(&rules->lock);
    site_entry **at = &rules->sites;
    while (*at != NULL && strcmp((*at)->site, entry->site) != 0) {
        at = &(*at)->next;
    }
    site_entry *old = *at;
    entry->next = old == NULL ? NULL : old->next;
    *at = entry;
    (void)pthread_rwlock_unlock(&rules->lock);
    if (old != NULL) {
        free_entry(old);
    }
}

bool js_site_rules_put(js_site_rules *rules, const char *site, js_options *options) {
    site_entry *entry = calloc(1, sizeof *entry);
    if (entry == NULL) {
        js_options_clear(options);
        return false;
    }
    entry->options = *options;
    *options = (js_options){0};
    entry->site = js_copy(site);
    const js_options *layers[] = {&entry->options, &rules->config};
    if (entry->site == NULL || !js_rules_make(&entry->rules, layers, 2)) {
        free_entry(entry);
        return false;
    }
    replace(rules, entry);
    return true;
}

void js_site_rules_enter(js_site_rules *rules) {
    (void)pthread_rwlock_rdlock(&rules->lock);
}

void js_site_rules_leave(js_site_rules *rules) {
    (void)pthread_rwlock_unlock(&rules->lock);
}

const js_rules *js_site_rules_find(const js_site_rules *rules, const char *site) {
    const site_entry *entry = find_or_default(rules, site);
    return entry != NULL ? &entry->rules : &rules->others;
}

void js_site_rules_layers(const js_site_rules *rules, const char *site,
                          const js_options *layers[2]) {
    const site_entry *entry = find_or_default(rules, site);
    layers[0] = entry != NULL ? &entry->options : NULL;
    layers[1] = &rules->config;
}
