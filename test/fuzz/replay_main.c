/* SPDX-License-Identifier: BSD-2-Clause */
/* Replays a corpus through a fuzz target built without libFuzzer: every file of every folder named.
 * A target that breaks on one crashes; an empty corpus is a failure, for it tests nothing. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static int
replay(const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "rb");
	if (!f || fstat(fileno(f), &st) < 0 || !S_ISREG(st.st_mode)) {
		if (f)
			fclose(f);
		return 0;
	}
	size_t n = (size_t)st.st_size;
	uint8_t *p = malloc(n ? n : 1);
	if (!p || fread(p, 1, n, f) != n) {
		perror(path);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(p, n);
	free(p);
	return 1;
}

int
main(int argc, char **argv)
{
	int files = 0;
	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);
		struct dirent *e;
		char path[4096];
		while (d && (e = readdir(d))) {
			snprintf(path, sizeof(path), "%s/%s", argv[i], e->d_name);
			files += replay(path);
		}
		if (d)
			closedir(d);
	}
	printf("%d files replayed\n", files);
	return files == 0;
}
