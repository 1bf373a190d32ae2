/* SPDX-License-Identifier: ISC */
/* A private public root with all that can lie beneath recursos/, and ways out of it. */
#ifndef TREE_H
#define TREE_H

#include "fuzz.h"

static char tree_top[] = "/tmp/imagenes.XXXXXX";
static char tree_root[sizeof tree_top + sizeof "/public"];

static inline void tree_remove(void)
{
	char command[64];

	snprintf(command, sizeof command, "rm -rf %s", tree_top);
	must(system(command) == 0);
}

/* Makes the tree, which goes as the program ends. Returns the public root. */
static inline const char *tree_make(void)
{
	static const char commands[] =
		"mkdir -p public/recursos/a/b public/recursos/.removal-1 && echo 1 >secret &&"
		" cd public/recursos && echo 2 >a/f && echo 3 >f && echo 4 >.removal-1/s &&"
		" ln -s ../../secret out && ln -s ../.. a/up && ln -s f a/l && mkfifo a/b/p";
	char command[sizeof commands + 64];

	must(mkdtemp(tree_top) != NULL && atexit(tree_remove) == 0);
	snprintf(tree_root, sizeof tree_root, "%s/public", tree_top);
	snprintf(command, sizeof command, "cd %s && %s", tree_top, commands);
	must(system(command) == 0);
	return tree_root;
}

#endif
