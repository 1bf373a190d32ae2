/* SPDX-License-Identifier: ISC */
/* What the operator decided: the only reader of the settings' variables. */
#include "config.h"

#include "settings.h"

#include <stdlib.h>
#include <string.h>

/* Below the time-outs of Apache (60 s), lighttpd (60 s) and nginx (60 s). */
static const int default_timeout = 10000;

/* A variable's value; one that is set but empty counts as unset. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static int load_public_root(struct settings *settings, struct audit *audit)
{
	settings->public_root = variable("BALSAMOA_PUBLIC_ROOT");
	if (!settings->public_root)
		settings->public_root = variable("DOCUMENT_ROOT");
	if (!settings->public_root) {
		audit_cause(audit, "BALSAMOA_PUBLIC_ROOT and DOCUMENT_ROOT are unset");
		return -1;
	}
	if (settings->public_root[0] != '/') {
		audit_cause(audit, "public root %s is not an absolute path", settings->public_root);
		return -1;
	}
	return 0;
}

static int load_auth(struct settings *settings, struct audit *audit)
{
	static const char *const names[] = {
		[AUTH_SESSION] = "session", [AUTH_SERVER] = "server", [AUTH_NONE] = "none"
	};
	const char *value = variable("BALSAMOA_AUTH");

	if (!value) {
		audit_cause(audit, "BALSAMOA_AUTH is unset: say session, server or none");
		return -1;
	}
	for (int auth = AUTH_SESSION; auth <= AUTH_NONE; auth++)
		if (strcmp(value, names[auth]) == 0)
			settings->auth = (enum auth)auth;
	if (settings->auth == AUTH_UNSET) {
		audit_cause(audit, "BALSAMOA_AUTH is %s: say session, server or none", value);
		return -1;
	}
	if (settings->auth == AUTH_SESSION && !settings->jwt_secret) {
		audit_cause(audit, "BALSAMOA_AUTH is session, and FIRMA_JWT is unset");
		return -1;
	}
	return 0;
}

int settings_load(struct settings *settings, struct audit *audit)
{
	*settings = (struct settings){ .timeout = default_timeout,
		                       .database = variable("DATABASE_URL"),
		                       .jwt_secret = variable("FIRMA_JWT") };
	if (load_auth(settings, audit) != 0)
		return -1;
	return load_public_root(settings, audit);
}
