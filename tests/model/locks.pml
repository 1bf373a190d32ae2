/* SPDX-License-Identifier: ISC */
/*
 * Who waits for whom: removals of sets of images, and everybody else who waits for a lock. Only
 * the locks: a deadlock is an invalid end state. No time limit helps anybody here but the sweep, so
 * that what holds is that nobody else needs one.
 *   Advisory locks: ids in ascending order, then the urls' hashes in ascending order; then the
 *   rows, in whatever order the scan finds them. After COMMIT everybody who was writing is waited
 *   for, without a lock. After a COMMIT that was refused, image by image: its id, its url; both
 *   released; then the same wait. The sweep alone waits under locks, and gives up after a while: a
 *   save may be waiting for its url's lock.
 *   PAIRS   sets of one or two images; without it, one image each
 *   IDS=n   of the ids 1 to n, n at most 4 (default 3)
 *   N=n     removals (default 2)
 *   EDITOR  a product edit that takes row locks only, of ids 1 and 2 in any order
 *   SAVER   a save of ours: it makes itself known as a writer, then its product's row (an edit has
 *           it, too), then locks like a removal of ids 1 and 2, then it writes
 *   SWEEP   --delete-orphans: id 0's lock, then a url's, then the wait
 * PostgreSQL breaks a cycle of row locks by refusing one of those in it (40P01); a removal tries
 * again. No cycle may need that in which an advisory lock or a wait of ours takes part.
 */
#ifndef N
#define N 2
#endif
#ifndef IDS
#define IDS 3
#endif

byte hash[5];			/* of each id's url: any of 1, 2, also the same */
byte lid[5], lurl[3], lrow[5];	/* owners; 0: free */
byte lproduct;
byte editor, wants;		/* the editor's process, while it writes; the row that it waits for */
byte saver;			/* the saver's process, until it has written */

#define FREE(l) (l == 0 || l == _pid)
#define TAKE(l) atomic { FREE(l) -> l = _pid }

inline release() {
	d_step {
		lid[0] = (lid[0] == _pid -> 0 : lid[0]); lid[1] = (lid[1] == _pid -> 0 : lid[1]);
		lid[2] = (lid[2] == _pid -> 0 : lid[2]); lid[3] = (lid[3] == _pid -> 0 : lid[3]);
		lid[4] = (lid[4] == _pid -> 0 : lid[4]);
		lrow[1] = (lrow[1] == _pid -> 0 : lrow[1]); lrow[2] = (lrow[2] == _pid -> 0 : lrow[2]);
		lrow[3] = (lrow[3] == _pid -> 0 : lrow[3]); lrow[4] = (lrow[4] == _pid -> 0 : lrow[4]);
		lurl[1] = (lurl[1] == _pid -> 0 : lurl[1]); lurl[2] = (lurl[2] == _pid -> 0 : lurl[2]);
		lproduct = (lproduct == _pid -> 0 : lproduct);
		editor = (editor == _pid -> 0 : editor); saver = (saver == _pid -> 0 : saver)
	}
}

/* The row, or 40P01: the editor has it and waits for one of ours. */
#define TAKE_ROW(r) \
	if \
	:: TAKE(lrow[r]) \
	:: atomic { editor && lrow[r] == editor && wants && lrow[wants] == _pid -> release(); goto again } \
	fi

/* Whoever may be about to insert the url: any editor, and any saver. */
#define LIST atomic { e = editor; s = saver }
#define WAIT atomic { (!e || e != editor) && (!s || s != saver) -> e = 0; s = 0 }

inline settle(x) {
	TAKE(lid[x]);
	TAKE(lurl[hash[x]]);
	atomic { release() };
	LIST;
	WAIT
}

/* x < y, or y == 0: one image */
proctype Removal() {
	byte x, y, a, b, e, s;
	atomic {
		if :: x = 1 :: x = 2 :: x = 3 :: (IDS > 3) -> x = 4 fi;
#ifdef PAIRS
		if :: y = 0 :: y = 2 :: y = 3 :: (IDS > 3) -> y = 4 fi;
		if :: y && y <= x -> y = 0 :: else fi;
#endif
		a = hash[x]; b = (y -> hash[y] : a);
		if :: a > b -> e = a; a = b; b = e; e = 0 :: else fi	/* in ascending order */
	};
again:	TAKE(lid[x]);
	if :: y -> TAKE(lid[y]) :: else fi;
	TAKE(lurl[a]);
	if :: a != b -> TAKE(lurl[b]) :: else fi;
	if
	:: TAKE_ROW(x); if :: y -> TAKE_ROW(y) :: else fi
	:: y -> TAKE_ROW(y); TAKE_ROW(x)
	fi;
	if	/* the files are staged */
	:: atomic { release() };		/* COMMIT */
		LIST; WAIT
	:: atomic { release() };		/* refused */
		settle(x);
		if :: y -> settle(y) :: else fi
	fi;
	atomic { x = 0; y = 0; a = 0; b = 0 }
}

#ifdef EDITOR
#define EDIT_ROW(r) atomic { wants = r }; atomic { FREE(lrow[r]) -> lrow[r] = _pid; wants = 0 }
proctype Editor() {
	TAKE(lproduct);
	atomic { editor = _pid };
	if
	:: EDIT_ROW(1); EDIT_ROW(2)
	:: EDIT_ROW(2); EDIT_ROW(1)
	fi;
	atomic { release() }
}
#endif

#ifdef SAVER
proctype Saver() {
	byte a, b;
	atomic {
		a = (hash[1] < hash[2] -> hash[1] : hash[2]);
		b = (hash[1] < hash[2] -> hash[2] : hash[1])
	};
again:	atomic { saver = _pid };
	TAKE(lproduct);
	TAKE(lid[1]); TAKE(lid[2]);
	TAKE(lurl[a]); TAKE(lurl[b]);
	if
	:: TAKE_ROW(1); TAKE_ROW(2)
	:: TAKE_ROW(2); TAKE_ROW(1)
	fi;
	atomic { release(); a = 0; b = 0 }
}
#endif

#ifdef SWEEP
proctype Sweep() {
	byte u, e, s;
	if :: u = 1 :: u = 2 fi;
	TAKE(lid[0]);
	TAKE(lurl[u]);
	LIST;
	if
	:: WAIT
	:: atomic { s && s == saver -> e = 0; s = 0 }	/* gives up */
	fi;
	atomic { release(); u = 0 }
}
#endif

init {
	byte n;
	atomic {
		for (n : 1 .. IDS) { if :: hash[n] = 1 :: hash[n] = 2 fi }
		for (n : 1 .. N) { run Removal() }
#ifdef EDITOR
		run Editor();
#endif
#ifdef SAVER
		run Saver();
#endif
#ifdef SWEEP
		run Sweep();
#endif
		n = 0
	}
}
