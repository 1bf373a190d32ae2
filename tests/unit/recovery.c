/* SPDX-License-Identifier: ISC */
/* The rule by which a staged file is settled, as a table. */
#include "config.h"

#include "shop/recovery.h"
#include "../lib/tap.h"

#define OWN RECOVERY_OWN
#define REFUSED RECOVERY_REFUSED
#define OTHERS RECOVERY_OTHERS

static const struct {
	struct recovery_facts facts;
	enum recovery_action action;
	const char *what;
} rule[] = {
	/* role, referenced, swept, certain, in grace, young */
	{ { OWN, false, false, false, false, false }, RECOVERY_MAKE_CERTAIN, "own, gone" },
	{ { OWN, false, false, false, true, true }, RECOVERY_MAKE_CERTAIN, "own, gone, in grace" },
	{ { OWN, false, false, true, false, false }, RECOVERY_ERASE, "own, certainly gone" },
	{ { OWN, false, false, true, false, true }, RECOVERY_ERASE, "own, certainly gone, young" },
	{ { OWN, false, false, true, true, false },
	  RECOVERY_LEAVE,
	  "own, certainly gone, in grace" },
	{ { OWN, true, false, false, false, false }, RECOVERY_PUT_BACK_NEWEST, "own, referenced" },
	{ { OWN, true, false, true, true, true },
	  RECOVERY_PUT_BACK_NEWEST,
	  "own, certainly referenced, in grace, young" },
	{ { REFUSED, true, false, false, false, false },
	  RECOVERY_PUT_BACK_NEWEST,
	  "refused, referenced" },
	{ { REFUSED, false, false, false, false, false }, RECOVERY_LEAVE, "refused, gone" },
	{ { REFUSED, false, false, true, false, false },
	  RECOVERY_LEAVE,
	  "refused, certainly gone" },
	{ { OTHERS, false, false, false, false, false }, RECOVERY_MAKE_CERTAIN, "others', gone" },
	{ { OTHERS, false, false, true, false, false }, RECOVERY_ERASE, "others', certainly gone" },
	{ { OTHERS, false, false, false, true, false }, RECOVERY_LEAVE, "others', gone, in grace" },
	{ { OTHERS, false, false, false, false, true }, RECOVERY_LEAVE, "others', gone, young" },
	{ { OTHERS, false, false, true, false, true },
	  RECOVERY_LEAVE,
	  "others', certainly gone, young" },
	{ { OTHERS, true, false, false, true, true },
	  RECOVERY_PUT_BACK_NEWEST,
	  "others', referenced, in grace, young" },
	{ { OTHERS, false, true, false, false, false }, RECOVERY_PUT_BACK_THIS, "swept, gone" },
	{ { OTHERS, false, true, true, true, true },
	  RECOVERY_PUT_BACK_THIS,
	  "swept, certainly gone, in grace, young" },
	{ { OTHERS, true, true, false, false, false },
	  RECOVERY_PUT_BACK_NEWEST,
	  "swept, referenced" },
};

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof rule / sizeof *rule; i++)
		tap_ok(&tap, recovery_decide(&rule[i].facts) == rule[i].action, rule[i].what);
	return tap_done(&tap);
}
