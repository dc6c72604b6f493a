/* Goes once over the files of the folders given: a fuzz target without libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *running;

/* What was being read when it ended badly. */
static void name_the_file(void) {
    if (running != NULL) {
        (void)fprintf(stderr, "The program ended while it read %s\n", running);
    }
}

static int is_file(const struct dirent *entry) {
    return entry->d_name[0] != '.';
}

static void replay(const char *path) {
    FILE *file = fopen(path, "rb");
    FUZZ_EXPECT(file != NULL);
    uint8_t *data = NULL;
    size_t size = 0;
    size_t room = 0;
    do {
        room += 65536;
        data = realloc(data, room);
        FUZZ_EXPECT(data != NULL);
        size += fread(data + size, 1, room - size, file);
    } while (size == room);
    FUZZ_EXPECT(ferror(file) == 0);
    (void)fclose(file);
    /* Exactly as large as the input, so that a read behind it is seen. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    FUZZ_EXPECT(exact != NULL);
    memcpy(exact, data, size);
    free(data);
    (void)printf("%s\n", path);
    (void)fflush(stdout);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static int replay_folder(const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_file, alphasort);
    for (int i = 0; i < count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        running = path;
        replay(path);
        running = NULL;
        free(entries[i]);
    }
    free(entries);
    return count;
}

int main(int argc, char **argv) {
    int count = 0;
    (void)atexit(name_the_file);
    for (int i = 1; i < argc; i++) {
        int found = replay_folder(argv[i]);
        if (found <= 0) {
            (void)fprintf(stderr, "There is nothing in %s\n", argv[i]);
            return 1;
        }
        count += found;
    }
    (void)printf("%d files replayed\n", count);
    return count > 0 ? 0 : 1;
}
