/* SPDX-License-Identifier: ISC */
/*
 * Stand-ins for the libraries that the standalone program does without. Only --enable-standalone
 * compiles this file.
 */
#ifdef HAVE_CONFIG_H /* configure itself links this, before there is one */
#include "config.h"
#endif

#include <errno.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <nss.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* For functions that libpq calls only with something that the refusals below never give it. */
#define NEVER_CALLED(name)                                                                         \
	void name(void);                                                                           \
	void name(void)                                                                            \
	{                                                                                          \
		abort();                                                                           \
	}

/*
 * Kerberos (RFC 2744; MIT's library, its plug-ins and configuration files): libpq first asks for
 * credentials, to encrypt, or for a name, to sign in. We refuse both. libpq's message quotes our
 * reason.
 */
enum { GSS_COMPLETE = 0, GSS_UNAVAILABLE = 16 << 16 };

struct gss_buffer {
	size_t length;
	const char *value;
};

void *GSS_C_NT_HOSTBASED_SERVICE = NULL;

uint32_t gss_acquire_cred(uint32_t *minor, void *name, uint32_t time, void *mechanisms, int usage,
                          void **credentials, void **actual, uint32_t *actual_time);
uint32_t gss_acquire_cred(uint32_t *minor, void *name, uint32_t time, void *mechanisms, int usage,
                          void **credentials, void **actual, uint32_t *actual_time)
{
	(void)name, (void)time, (void)mechanisms, (void)usage, (void)actual, (void)actual_time;
	*minor = 0;
	*credentials = NULL;
	return GSS_UNAVAILABLE;
}

uint32_t gss_import_name(uint32_t *minor, const struct gss_buffer *text, void *type, void **name);
uint32_t gss_import_name(uint32_t *minor, const struct gss_buffer *text, void *type, void **name)
{
	(void)text, (void)type;
	*minor = 0;
	*name = NULL;
	return GSS_UNAVAILABLE;
}

uint32_t gss_display_status(uint32_t *minor, uint32_t status, int type, void *mechanism,
                            uint32_t *more, struct gss_buffer *text);
uint32_t gss_display_status(uint32_t *minor, uint32_t status, int type, void *mechanism,
                            uint32_t *more, struct gss_buffer *text)
{
	static const char reason[] = "this program was built without Kerberos";

	(void)status, (void)type, (void)mechanism;
	*minor = 0;
	*more = 0;
	*text = (struct gss_buffer){ sizeof reason - 1, reason };
	return GSS_COMPLETE;
}

uint32_t gss_release_buffer(uint32_t *minor, struct gss_buffer *text);
uint32_t gss_release_buffer(uint32_t *minor, struct gss_buffer *text)
{
	*minor = 0;
	*text = (struct gss_buffer){ 0, NULL }; /* a constant: nothing to free */
	return GSS_COMPLETE;
}

NEVER_CALLED(gss_delete_sec_context)
NEVER_CALLED(gss_init_sec_context)
NEVER_CALLED(gss_release_cred)
NEVER_CALLED(gss_release_name)
NEVER_CALLED(gss_unwrap)
NEVER_CALLED(gss_wrap)
NEVER_CALLED(gss_wrap_size_limit)

/*
 * LDAP. A service file may ask an LDAP server for connection parameters. No shop needs that, and it
 * takes a third of the libraries that libpq brings. Without a handle, libpq gives up with a message
 * of its own.
 */
void *ldap_init(const char *host, int port);
void *ldap_init(const char *host, int port)
{
	(void)host, (void)port;
	return NULL;
}

NEVER_CALLED(ldap_count_entries)
NEVER_CALLED(ldap_err2string)
NEVER_CALLED(ldap_first_entry)
NEVER_CALLED(ldap_get_values_len)
NEVER_CALLED(ldap_msgfree)
NEVER_CALLED(ldap_result)
NEVER_CALLED(ldap_search_st)
NEVER_CALLED(ldap_set_option)
NEVER_CALLED(ldap_simple_bind)
NEVER_CALLED(ldap_unbind)
NEVER_CALLED(ldap_value_free_len)

/*
 * OAuth (PostgreSQL 18). A connection string may ask for it; it needs a person at a browser, and
 * libcurl. Only a libpq that calls our function is sure to have the function that ours calls.
 */
void libpq_append_conn_error(PGconn *connection, const char *format, ...) __attribute__((weak));

PostgresPollingStatusType pg_fe_run_oauth_flow(PGconn *connection);
PostgresPollingStatusType pg_fe_run_oauth_flow(PGconn *connection)
{
	libpq_append_conn_error(connection, "this program was built without OAuth");
	return PGRES_POLLING_FAILED;
}

void pg_fe_cleanup_oauth_flow(PGconn *connection);
void pg_fe_cleanup_oauth_flow(PGconn *connection)
{
	(void)connection; /* it was given nothing */
}

/*
 * Names of hosts and users come from /etc/hosts, the DNS and /etc/passwd, which the C library can
 * read by itself. For any other service in nsswitch.conf it would load a shared library. That must
 * be of the very version linked here, or the program may crash. The linker's --wrap leads here.
 * NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its names
 */
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **addresses);
int __real_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **addresses);
int __wrap_getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **addresses)
{
	__nss_configure_lookup("hosts", "files dns");
	__nss_configure_lookup("services", "files");
	return __real_getaddrinfo(node, service, hints, addresses);
}

/* Whether a line of /etc/passwd, NAME:PASSWORD:UID:..., has this id. */
static int has_uid(const char *line, uid_t uid)
{
	const char *password = strchr(line, ':');
	const char *id = password ? strchr(password + 1, ':') : NULL;

	return id && strtoul(id + 1, NULL, 10) == uid;
}

/* Parses one line. Returns 0 and sets result, or says as getpwuid_r(3) why not. */
static int read_entry(char *line, size_t length, struct passwd *entry, char *buffer, size_t size,
                      struct passwd **result)
{
	FILE *file = fmemopen(line, length, "r");
	int error;

	if (!file)
		return errno;
	error = fgetpwent_r(file, entry, buffer, size, result);
	fclose(file);
	return error == ENOENT ? 0 : error; /* a comment, or broken */
}

/*
 * Reads /etc/passwd itself: the name service switch would read nsswitch.conf at each request, and
 * fgetpwent_r(3) parses each line, and asks the kernel where it is.
 */
int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
                      struct passwd **result);
int __wrap_getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size,
                      struct passwd **result)
{
	FILE *file = fopen("/etc/passwd", "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int error = 0;

	*result = NULL;
	if (!file)
		return errno == ENOENT ? 0 : errno;
	while (error == 0 && !*result && (length = getline(&line, &room, file)) > 0)
		if (has_uid(line, uid))
			error = read_entry(line, (size_t)length, entry, buffer, size, result);
	if (error == 0 && !*result && !feof(file))
		error = errno;
	free(line);
	fclose(file);
	return error;
}

struct passwd *__wrap_getpwuid(uid_t uid);
struct passwd *__wrap_getpwuid(uid_t uid)
{
	static struct passwd entry;
	static char buffer[4096];
	struct passwd *result;

	errno = __wrap_getpwuid_r(uid, &entry, buffer, sizeof buffer, &result);
	return result;
}

/*
 * Loads no shared library. Only OpenSSL would load one, if openssl.cnf names an engine or a
 * provider of its own. A library that brought in another C library would crash us.
 */
void *__wrap_dlopen(const char *path, int mode);
void *__wrap_dlopen(const char *path, int mode)
{
	(void)path, (void)mode;
	return NULL;
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
