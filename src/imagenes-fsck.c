/* SPDX-License-Identifier: ISC */
/* imagenes-fsck: checks the shop's image records and image files against each other. */
#include "config.h"

#include "audit.h"
#include "catalogue.h"
#include "confinement.h"
#include "recursos.h"
#include "settings.h"
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

/* Exit statuses add up (fsck(8)). */
enum { CLEAN = 0, CORRECTED = 1, LEFT = 4, OPERATIONAL = 8, USAGE = 16 };

/* Some 100 bytes each. A directory of two million names is read three times. */
enum { NAMES = 1200000 };

/* Repairs that fail one after the other, as on a read-only disk, before none is tried any more. */
enum { FAILURES = 10 };

struct options {
	bool repair;
	bool delete_orphans;
	bool json;
	time_t older_than;        /* seconds; -1: not given */
	char directory[PATH_MAX]; /* with a slash at both ends: orphans lie beneath it */
};

struct fsck {
	struct options options;
	struct settings settings;
	struct audit audit;
	struct catalogue scan; /* all records, in order */
	struct catalogue live; /* what is so now, and the locks */
	struct record record;  /* the scan's next one */
	int left;              /* 1 while the scan has a record; -1: it broke off */
	bool begun;            /* the scan's first record has been read */
	int recursos;
	int failures;
	int status;
	bool progress;
	long records, files, findings;
};

/* --- what is found, as one line each --- */

/*
 * Copies text so that a terminal and a JSON reader can take it: what is no
 * printable character in UTF-8, and a backslash, becomes \xNN.
 */
static void make_printable(char *out, size_t size, const char *text)
{
	size_t length = 0;

	while (*text && length + 5 < size) {
		wchar_t c;
		size_t n = mbrtowc(&c, text, MB_CUR_MAX, &(mbstate_t){ 0 });

		if (n > MB_CUR_MAX || !iswprint((wint_t)c) || c == L'\\') /* n: (size_t)-1, -2 */
			length += (size_t)snprintf(out + length, size - length, "\\x%02x",
			                           (unsigned char)*text++);
		else
			for (; n > 0; n--)
				out[length++] = *text++;
	}
	out[length] = '\0';
}

static void exit_without_memory(const struct fsck *fsck)
{
	fputs("imagenes-fsck: no memory\n", stderr);
	exit(fsck->status | OPERATIONAL);
}

/* An object's text in JSON, which the object owns. Never NULL. */
static const char *text_of(const struct fsck *fsck, json_object *object)
{
	const char *text = json_object_to_json_string_ext(
		object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text) /* GCOVR_EXCL_BR_LINE: no memory (make prove) */
		exit_without_memory(fsck);
	return text;
}

/* The members of a finding, as KEY=VALUE each. */
static void print_members(const struct fsck *fsck, json_object *members)
{
	struct json_object_iterator end = json_object_iter_end(members);

	for (struct json_object_iterator i = json_object_iter_begin(members);
	     !json_object_iter_equal(&i, &end); json_object_iter_next(&i))
		printf(" %s=%s", json_object_iter_peek_name(&i),
		       text_of(fsck, json_object_iter_peek_value(&i)));
}

/* The terminal's line that says how far it is. */
static void clear_progress(const struct fsck *fsck)
{
	if (fsck->progress)
		fputs("\r\033[K", stderr);
}

static void print(const struct fsck *fsck, const char *kind, json_object *members)
{
	clear_progress(fsck);
	if (fsck->options.json) {
		json_object_object_add(members, "finding", json_object_new_string(kind));
		puts(text_of(fsck, members));
	} else {
		fputs(kind, stdout);
		print_members(fsck, members);
		putchar('\n');
	}
	json_object_put(members);
}

/* A finding's members, so far. Never NULL: without memory the check cannot go on. */
static json_object *finding(struct fsck *fsck, const char *url)
{
	char printable[4 * PATH_MAX];
	json_object *members = json_object_new_object();

	if (!members) /* GCOVR_EXCL_BR_LINE: no memory (make prove) */
		exit_without_memory(fsck);
	make_printable(printable, sizeof printable, url);
	json_object_object_add(members, "url", json_object_new_string(printable));
	fsck->findings++;
	return members;
}

static void add_number(json_object *members, const char *key, int64_t number)
{
	json_object_object_add(members, key, json_object_new_int64(number));
}

static void add_words(json_object *members, const char *key, const char *words)
{
	json_object_object_add(members, key, json_object_new_string(words));
}

/* A finding that nothing can be done about here. */
static void report(struct fsck *fsck, const char *kind, const char *url)
{
	fsck->status |= LEFT;
	print(fsck, kind, finding(fsck, url));
}

/* What kept the check from looking. */
static void report_failure(struct fsck *fsck, const char *url)
{
	json_object *members = finding(fsck, url);
	char printable[4 * sizeof fsck->audit.cause];

	make_printable(printable, sizeof printable, fsck->audit.cause);
	add_words(members, "cause", printable);
	fsck->status |= OPERATIONAL;
	print(fsck, "unknown", members);
}

/* A directory that cannot be read; errno says why. */
static void report_unread(struct fsck *fsck, const char *path)
{
	snprintf(fsck->audit.cause, sizeof fsck->audit.cause, "%s", strerror(errno));
	report_failure(fsck, path);
}

/* Adds what was done, or would be, and how that went. */
static void add_action(struct fsck *fsck, json_object *members, const char *action, bool done)
{
	char printable[4 * sizeof fsck->audit.cause];

	add_words(members, "action", action);
	if (done) {
		fsck->failures = 0;
		fsck->status |= CORRECTED;
		return;
	}
	fsck->status |= LEFT;
	if (!fsck->audit.cause[0])
		return;
	fsck->failures++;
	make_printable(printable, sizeof printable, fsck->audit.cause);
	add_words(members, "cause", printable);
}

/* --- questions --- */

static enum catalogue_answer ask(struct fsck *fsck, struct record *record,
                                 enum catalogue_patience patience)
{
	fsck->audit.start = audit_clock(); /* each question has its own time */
	fsck->audit.cause[0] = fsck->audit.sqlstate[0] = '\0';
	return catalogue_ask(&fsck->live, record, patience);
}

/* Whether a record has this url now. Leaves the url locked. -1: cannot be told, and is reported. */
static int is_referenced(struct fsck *fsck, const char *url)
{
	struct record anyone = { .id = 0, .url = url };

	if (ask(fsck, &anyone, CATALOGUE_WAIT) == CATALOGUE_RECORD_GONE)
		return anyone.shared;
	report_failure(fsck, url);
	return -1;
}

/* --- stages --- */

/*
 * Whether an entry has gone since the walk saw it. Asked under its image's locks: the removal
 * that was alive then has ended, and there is nothing to find.
 */
static bool has_gone(const struct walk_entry *entry)
{
	struct stat status;

	return fstatat(entry->directory, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0 &&
	       errno == ENOENT;
}

static bool is_file(const struct walk_entry *entry)
{
	return entry->type == DT_REG || entry->type == DT_LNK;
}

static void settle(struct fsck *fsck, struct recursos_file *file, bool keep, json_object *members)
{
	bool act = fsck->options.repair && fsck->failures < FAILURES;
	bool done = false;

	if (act && keep)
		done = recursos_put_back(file, &fsck->audit);
	else if (act)
		done = recursos_erase(file, &fsck->audit);
	if (act)
		add_action(fsck, members, keep ? "put back" : "erase", done);
	else
		add_action(fsck, members, keep ? "would put back" : "would erase", false);
}

/* Finds a staged file, and does with it what the answer says. */
static void judge_staged(struct fsck *fsck, const struct record *record, const char *stage,
                         enum catalogue_answer answer)
{
	json_object *members = finding(fsck, record->url);
	struct recursos_file file = RECURSOS_FILE_NONE;

	add_number(members, "id", record->id);
	if (answer == CATALOGUE_REMOVAL_ALIVE)
		add_words(members, "action", "none: a removal is under way");
	else if (answer == CATALOGUE_NO_ANSWER ||
	         recursos_locate(&file, fsck->recursos, record->url, record->id, &fsck->audit) ==
	                 RECURSOS_FAILED)
		add_action(fsck, members, "none", false);
	else if (strcmp(file.stage_name, stage) != 0)
		add_action(fsck, members, "none: no removal stages it there", false);
	else
		settle(fsck, &file, answer == CATALOGUE_RECORD_EXISTS || record->shared, members);
	print(fsck, "staged", members);
	recursos_release(&file);
}

/*
 * A file in the stage of an image, which is the entry called stage: with its record it
 * goes back, without it is erased.
 */
static void check_staged(struct fsck *fsck, const struct walk_entry *entry, const char *url,
                         int32_t id, const char *stage)
{
	struct record record = { .id = id, .url = url };
	enum catalogue_answer answer = ask(fsck, &record, CATALOGUE_TRY);

	if (!has_gone(entry))
		judge_staged(fsck, &record, stage, answer);
	catalogue_rollback(&fsck->live);
}

/* A stage's own directory that holds nothing is removed. */
static void check_empty_stage(struct fsck *fsck, const struct walk_entry *entry, int32_t id)
{
	struct record record = { .id = id, .url = entry->path };
	enum catalogue_answer answer = ask(fsck, &record, CATALOGUE_TRY);
	bool settled = answer == CATALOGUE_RECORD_EXISTS || answer == CATALOGUE_RECORD_GONE;

	if (settled && fsck->options.repair &&
	    recursos_remove_empty_stage(entry->directory, entry->name))
		fsck->status |= CORRECTED;
	else if (answer != CATALOGUE_REMOVAL_ALIVE && !has_gone(entry))
		report(fsck, "empty-stage", entry->path);
	catalogue_rollback(&fsck->live);
}

struct stage {
	struct fsck *fsck;
	const char *name;
	int32_t id;
	size_t length; /* of the path of the directory it lies in */
	long entries;
};

static bool enter_nothing(void *context, const struct walk_entry *entry)
{
	(void)context;
	(void)entry;
	return false;
}

static void visit_staged(void *context, const struct walk_entry *entry)
{
	struct stage *stage = context;
	char url[PATH_MAX];

	stage->entries++;
	snprintf(url, sizeof url, "%.*s/%s", (int)stage->length, entry->path, entry->name);
	if (is_file(entry))
		check_staged(stage->fsck, entry, url, stage->id, stage->name);
	else
		report(stage->fsck, "not-a-file", entry->path);
}

static void fail_staged(void *context, const char *path)
{
	struct stage *stage = context;

	report_unread(stage->fsck, path);
}

static void check_nested_stage(struct fsck *fsck, const struct walk_entry *entry, int32_t id)
{
	struct stage stage = { fsck, entry->name, id, (size_t)(entry->name - 1 - entry->path), 0 };
	struct walk inside = { enter_nothing, visit_staged, fail_staged, &stage, NAMES };
	int fd = openat(entry->directory, entry->name,
	                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		if (errno != ENOENT || !has_gone(entry))
			report_unread(fsck, entry->path);
		return;
	}
	walk(&inside, fd, entry->path);
	close(fd);
	if (stage.entries == 0)
		check_empty_stage(fsck, entry, id);
}

/* An entry with a stage's name: a staged file, or a stage's own directory. */
static void check_stage(struct fsck *fsck, const struct walk_entry *entry, int32_t id,
                        const char *original)
{
	char url[PATH_MAX];

	snprintf(url, sizeof url, "%.*s%s", (int)(entry->name - entry->path), entry->path,
	         original);
	if (id > 0 && *original && is_file(entry) && recursos_classify(url) == RECURSOS_OURS)
		check_staged(fsck, entry, url, id, entry->name);
	else if (id > 0 && !*original && entry->type == DT_DIR)
		check_nested_stage(fsck, entry, id);
	else
		report(fsck, "not-a-file", entry->path);
}

/* --- records without a file --- */

static enum recursos_place locate(struct fsck *fsck, const struct record *record)
{
	struct recursos_file file;
	enum recursos_place place;

	fsck->audit.cause[0] = '\0';
	place = recursos_locate(&file, fsck->recursos, record->url, record->id, &fsck->audit);
	recursos_release(&file);
	return place;
}

/* The file is nowhere; looked at once more, now that no removal can be moving it. */
static void check_absent(struct fsck *fsck, const struct record *record)
{
	enum recursos_place place;
	json_object *members;

	if (is_referenced(fsck, record->url) <= 0)
		return;
	place = locate(fsck, record);
	if (place == RECURSOS_FAILED) {
		report_failure(fsck, record->url);
	} else if (place == RECURSOS_ABSENT) {
		members = finding(fsck, record->url);
		add_number(members, "id", record->id);
		fsck->status |= LEFT;
		print(fsck, "missing-file", members);
	}
}

static void check_record(struct fsck *fsck, const struct record *record)
{
	enum recursos_url kind = recursos_classify(record->url);
	enum recursos_place place;

	if (kind == RECURSOS_EXTERNAL)
		return;
	if (kind == RECURSOS_NOT_OURS) {
		report(fsck, "odd-url", record->url);
		return;
	}
	place = locate(fsck, record);
	if (place == RECURSOS_FAILED)
		report_failure(fsck, record->url);
	else if (place == RECURSOS_NO_FILE)
		report(fsck, "not-a-file", record->url);
	else if (place == RECURSOS_ABSENT)
		check_absent(fsck, record);
	catalogue_rollback(&fsck->live);
}

/* The records cannot be read, or not to their end. */
static void give_up(struct fsck *fsck)
{
	clear_progress(fsck);
	fprintf(stderr, "imagenes-fsck: %s\n", fsck->audit.cause);
	fsck->status |= OPERATIONAL;
}

static void next_record(struct fsck *fsck)
{
	fsck->audit.cause[0] = '\0';
	fsck->begun = true;
	fsck->left = catalogue_next(&fsck->scan, &fsck->record);
	fsck->records += fsck->left > 0;
	if (fsck->left < 0)
		give_up(fsck);
}

/* --- files without a record --- */

static void delete_orphan(struct fsck *fsck, const char *url, json_object *members)
{
	struct recursos_file file;
	bool done = false;

	if (recursos_locate(&file, fsck->recursos, url, 0, &fsck->audit) == RECURSOS_PUBLIC)
		done = recursos_erase_unchanged(&file, time(NULL) - fsck->options.older_than,
		                                &fsck->audit);
	recursos_release(&file);
	add_action(fsck, members, "erase", done);
}

static bool is_orphanage(const struct fsck *fsck, const struct walk_entry *entry)
{
	const char *directory = fsck->options.directory;

	/* .htaccess and the like are nobody's image; what is not UTF-8 cannot even be asked after.
	 */
	return entry->name[0] != '.' && strncmp(entry->path, directory, strlen(directory)) == 0 &&
	       mbstowcs(NULL, entry->path, 0) != (size_t)-1;
}

static void check_orphan(struct fsck *fsck, const struct walk_entry *entry)
{
	struct stat status;
	time_t age;

	if (fstatat(entry->directory, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(status.st_mode))
		return;
	/* A copy may keep its original's mtime; its ctime is its own. */
	age = time(NULL) - (status.st_mtime > status.st_ctime ? status.st_mtime : status.st_ctime);
	if (is_referenced(fsck, entry->path) == 0) {
		json_object *members = finding(fsck, entry->path);

		add_number(members, "size", status.st_size);
		add_number(members, "age", age);
		if (fsck->options.delete_orphans && age > fsck->options.older_than &&
		    fsck->failures < FAILURES)
			delete_orphan(fsck, entry->path, members);
		else
			fsck->status |= LEFT;
		print(fsck, "orphan-file", members);
	}
	catalogue_rollback(&fsck->live);
}

/* --- the merge: both sides in byte order of the urls --- */

static bool is_odd_name(const char *path)
{
	char printable[4 * PATH_MAX];
	const char *c = path;

	while (*c >= ' ' && *c <= '~' && *c != '\\')
		c++;
	if (!*c && c - path <= 255)
		return false; /* nearly every name, at nearly no cost */
	make_printable(printable, sizeof printable, path);
	return strcmp(printable, path) != 0 || mbstowcs(NULL, path, 0) > 255;
}

static void check_file(struct fsck *fsck, const struct walk_entry *entry)
{
	bool recorded = false;
	int order = -1;

	fsck->files++;
	while (fsck->left > 0 && (order = strcmp(fsck->record.url, entry->path)) <= 0) {
		recorded = recorded || order == 0;
		if (order < 0)
			check_record(fsck, &fsck->record);
		next_record(fsck);
	}
	if (is_odd_name(entry->path))
		report(fsck, "odd-name", entry->path);
	if (entry->type == DT_LNK)
		report(fsck, "symbolic-link", entry->path);
	if (!recorded && fsck->left >= 0 && is_orphanage(fsck, entry))
		check_orphan(fsck, entry);
}

static void show_progress(const struct fsck *fsck)
{
	if (fsck->progress && fsck->files % 4096 == 0)
		fprintf(stderr, "\r%ld files, %ld records, %ld findings\033[K", fsck->files,
		        fsck->records, fsck->findings);
}

static bool enter(void *context, const struct walk_entry *entry)
{
	const char *original;
	int32_t id;

	(void)context;
	return !recursos_is_stage(entry->name, &id, &original);
}

static void visit(void *context, const struct walk_entry *entry)
{
	struct fsck *fsck = context;
	const char *original;
	int32_t id;

	if (!fsck->begun) /* not before: the server sorts while we read the first directory */
		next_record(fsck);
	if (recursos_is_stage(entry->name, &id, &original)) {
		if (fsck->left >= 0) /* who cannot read the records judges nothing by them */
			check_stage(fsck, entry, id, original);
	} else if (is_file(entry)) {
		check_file(fsck, entry);
	} else {
		report(fsck, "not-a-file", entry->path);
	}
	show_progress(fsck);
}

static void fail(void *context, const char *path)
{
	report_unread(context, path);
}

/* --- the command --- */

static const char usage[] =
	"usage: imagenes-fsck [--repair] [--delete-orphans --older-than AGE] [--json] [DIRECTORY]\n"
	"Checks producto_imagenes and the files beneath recursos/ against each other, and reports\n"
	"one finding a line. Without options it changes nothing.\n"
	"  --repair           settle what crashed removals left staged\n"
	"  --delete-orphans   erase files beneath DIRECTORY (recursos/imagenes/productos) that no\n"
	"                     record refers to and that have not changed for AGE\n"
	"  --older-than AGE   a number and s, m, h, d or w, such as 7d\n"
	"  --json             one JSON object a line\n"
	"  --help, --version\n"
	"Exit status, added up: 0 clean, 1 corrected, 4 left uncorrected, 8 could not check,\n"
	"16 usage.\n";

static time_t parse_age(const char *text)
{
	static const char units[] = "smhdw";
	static const time_t seconds[] = { 1, 60, 3600, 86400, 604800 };
	char *end;
	long value = strtol(text, &end, 10);
	const char *unit = strchr(units, *end);

	if (*text < '0' || *text > '9' || value > 100000 || !*end || !unit || end[1])
		return -1;
	return value * seconds[unit - units];
}

/* Takes DIRECTORY, relative to the public root, in any spelling with or without outer slashes. */
static bool parse_directory(struct options *options, const char *text)
{
	size_t length;

	while (*text == '/')
		text++;
	length = strlen(text);
	while (length > 0 && text[length - 1] == '/')
		length--;
	if (length + sizeof "//" > sizeof options->directory)
		return false;
	snprintf(options->directory, sizeof options->directory, "/%.*s", (int)length, text);
	if (recursos_classify(options->directory) != RECURSOS_OURS &&
	    strcmp(options->directory, "/recursos") != 0)
		return false;
	snprintf(options->directory, sizeof options->directory, "/%.*s/", (int)length, text);
	return true;
}

static bool parse_options(struct options *options, int argc, char **argv)
{
	static const struct option known[] = { { "repair", no_argument, NULL, 'r' },
		                               { "delete-orphans", no_argument, NULL, 'o' },
		                               { "older-than", required_argument, NULL, 't' },
		                               { "json", no_argument, NULL, 'j' },
		                               { "help", no_argument, NULL, 'h' },
		                               { "version", no_argument, NULL, 'v' },
		                               { 0 } };
	const char *directory = "recursos/imagenes/productos";
	int option;

	*options = (struct options){ .older_than = -1 };
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'h' || option == 'v') {
			fputs(option == 'h' ? usage : PACKAGE_STRING "\n", stdout);
			exit(CLEAN);
		}
		options->repair |= option == 'r';
		options->delete_orphans |= option == 'o';
		options->json |= option == 'j';
		if (option == '?' ||
		    (option == 't' && (options->older_than = parse_age(optarg)) < 0))
			return false;
	}
	if (optind < argc)
		directory = argv[optind++];
	return optind == argc && options->delete_orphans == (options->older_than >= 0) &&
	       parse_directory(options, directory);
}

static bool open_all(struct fsck *fsck)
{
	if (settings_load_stores(&fsck->settings, &fsck->audit) != 0)
		return false;
	fsck->recursos = recursos_open(fsck->settings.public_root, &fsck->audit);
	if (fsck->recursos < 0 ||
	    catalogue_open(&fsck->live, &fsck->settings, &fsck->audit) != OUTCOME_PENDING ||
	    catalogue_open(&fsck->scan, &fsck->settings, &fsck->audit) != OUTCOME_PENDING)
		return false;
	return catalogue_scan(&fsck->scan);
}

static void check_all(struct fsck *fsck)
{
	const struct walk all = { enter, visit, fail, fsck, NAMES };

	walk(&all, fsck->recursos, "/recursos");
	if (!fsck->begun)
		next_record(fsck);
	for (; fsck->left > 0; next_record(fsck))
		check_record(fsck, &fsck->record);
}

static void print_summary(const struct fsck *fsck)
{
	clear_progress(fsck);
	printf(fsck->options.json ? "{\"records\":%ld,\"files\":%ld,\"findings\":%ld}\n"
	                          : "%ld records, %ld files, %ld findings\n",
	       fsck->records, fsck->files, fsck->findings);
}

static void close_all(struct fsck *fsck)
{
	catalogue_close(&fsck->scan);
	catalogue_close(&fsck->live);
	if (fsck->recursos >= 0)
		close(fsck->recursos);
	settings_release(&fsck->settings);
}

int main(int argc, char **argv)
{
	struct fsck fsck = { .recursos = -1 };

	if (confinement_enter() != 0) {
		perror("imagenes-fsck: /dev/null");
		return OPERATIONAL;
	}
	if (getenv("GATEWAY_INTERFACE") || getenv("REQUEST_METHOD")) {
		fputs("imagenes-fsck: not a CGI program\n", stderr);
		return USAGE;
	}
	if (!parse_options(&fsck.options, argc, argv)) {
		fputs(usage, stderr);
		return USAGE;
	}
	setlocale(LC_CTYPE, "C.UTF-8");
	fsck.progress = isatty(STDERR_FILENO);
	fsck.audit.start = audit_clock();
	if (open_all(&fsck)) {
		check_all(&fsck);
		print_summary(&fsck);
	} else {
		give_up(&fsck);
	}
	close_all(&fsck);
	if (ferror(stdout) || fclose(stdout) != 0)
		fsck.status |= OPERATIONAL;
	return fsck.status;
}
