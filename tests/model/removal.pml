/* SPDX-License-Identifier: ISC */
/*
 * The removal of one product image, with everybody who may interfere (Promela, for SPIN 6).
 * README.md here tells what the actors, flags, invariants and exemptions are.
 *
 * One url ("a"), ids 1 to 4, whose records all have this url:
 *   id 1  there from the start; version 1 of the file is its own
 *   id 2  there from the start with SHARED: same url, same file
 *   id 3  inserted by the uploader, after it has written a new version under the name
 *   id 4  inserted by the edit or the save, for the bytes that its form was loaded with
 * A file's content is a version number, which only grows.
 *   pub      what is at the public name; 0: nothing
 *   stg[i]   what is at .removal-<i>-a; stg[0]: what the orphan sweep has put aside
 * One step is one system call, one statement's snapshot, or one lock granted.
 */
#ifndef NREM
#define NREM 1
#endif
#ifndef CRASH
#define CRASH 0
#endif
#ifndef REFUSE
#define REFUSE 0
#endif
#ifndef CONN
#define CONN 0
#endif
#ifndef ZOMBIE
#define ZOMBIE 0
#endif
#ifndef DISK
#define DISK 0
#endif
#ifndef EDIT
#define EDIT 0
#endif
#ifndef OUT
#define OUT 0
#endif
#ifndef FSCK
#define FSCK 0
#endif
#ifndef SWEEP
#define SWEEP 0
#endif
#ifndef BREAK
#define BREAK 0
#endif

/* --- sets of records, as bits --- */

#define B(i)     (1 << (i))
#define HAS_ROW(i) ((rows >> (i)) & 1)
#define OTHER(i) ((rows & ~B(i)) != 0)
#define ANYROW   (rows != 0)

byte rows;		/* the records: committed, and visible to a new snapshot */
byte ins;		/* inserted by a transaction that has not ended */
byte born;		/* inserted ever */
byte late;		/* exempt: inserted after the last look of who erased its bytes */
byte robbed;		/* exempt: an editor has unlinked its bytes */
byte need[5];		/* the version that a record was made for */
byte goneat[5];		/* the newest version when the record was deleted; 255: not yet */
#ifdef STANDBY
byte srows;		/* the records that the standby has */
bit failed;		/* it has taken over */
#define FAILED failed
#else
#define srows rows
#define FAILED 0
#endif

/* --- transactions and locks --- */

/* 2k-1 and 2k are removal k's: the deletion, and what settles it */
#define TXF 7		/* imagenes-fsck, stages */
#define TXO 8		/* imagenes-fsck, orphans */
#define TXP 9		/* a product edit: takes none of our locks */
#define TXU 10		/* the uploader's record */
#define TXS 11		/* a save of ours: takes our locks, and inserts */
#define NTX 12

#define NONE   0
#define ACTIVE 1
#define GHOST  2	/* its client has gone: the server will end it, some time */
#define CSENT  3	/* its client has gone, its COMMIT is under way: done or not, some time */
#define DEAD   4	/* ended by the server; its client does not know yet */
#define IDLE   5	/* a connection that will be used again, without a transaction */

byte txst[NTX];
byte rdel[5];		/* the transaction that has deleted the record and not ended */
byte lid[5], lurl;	/* advisory locks: owners; lid[0] is id 0's, the orphan sweep's */
byte writers;		/* transactions with a row-exclusive lock, who are waited for */
#define WRITER(t) (1 << ((t) - TXP))

/* --- files --- */

byte pub, stg[5];
byte ver;		/* the newest version ever written */
byte opn;		/* the version that somebody has open for writing */
#ifdef POWER
byte dpub, dstg[5];	/* what the disk has for certain */
bit power;		/* it has failed */
#endif

#define HAS(v) (pub >= v || stg[0] >= v || stg[1] >= v || stg[2] >= v || stg[3] >= v || stg[4] >= v)
#define LOST(i) (!HAS(need[i]))		/* a record's bytes, if it has none */
#define ALL_LOST ((LOST(1) -> B(1) : 0) | (LOST(2) -> B(2) : 0) | (LOST(3) -> B(3) : 0) | (LOST(4) -> B(4) : 0))

/* The stage that has the newest version. */
#define NEWER(i) (stg[0] > stg[i] || stg[1] > stg[i] || stg[2] > stg[i] || stg[3] > stg[i] || stg[4] > stg[i])
#define TOP(i) (stg[i] >= stg[0] && stg[i] >= stg[1] && stg[i] >= stg[2] && stg[i] >= stg[3] && stg[i] >= stg[4])
#define NEWEST (TOP(0) -> 0 : (TOP(1) -> 1 : (TOP(2) -> 2 : (TOP(3) -> 3 : 4))))

/* --- bookkeeping --- */

byte ncrash, nrefuse, nconn, nzombie, ndisk, nout, nbreak;
byte alive;
bit quiet;		/* everybody has ended */
bit unnoticed;		/* exempt: somebody has moved a file while the server had given up its locks */
#ifdef AWAY
bit away;		/* record 1 has another url, for now */
#define SEEN(i) ((i) == 1 && away -> 2 : HAS_ROW(i))
#else
#define SEEN(i) HAS_ROW(i)
#endif
bit orphan;		/* exempt: an editor came to unlink what was staged just then */
byte drop;		/* an editor has 1: committed, and not yet unlinked what it no longer lists; 2: unlinked it */
bit stray;		/* a public file that never gets a record, or has lost it without us: the uploader's
			   transaction failed; a sweep died; power or a fail-over took the record alone */

/* --- the exemptions: each can be lifted --- */

#ifdef STRICT_LATE
#define LATE 0
#else
#define LATE late
#endif
#ifdef STRICT_UNLINK
#define ROBBED 0
#define ORPHAN 0
#else
#define ROBBED robbed
#define ORPHAN orphan
#endif
#ifdef STRICT_ZOMBIE
#define LOCKS_LOST 0
#else
#define LOCKS_LOST unnoticed
#endif

/* I1: a record exists, so its bytes exist, in place or staged. */
#define OK1(i) (!HAS_ROW(i) || HAS(need[i]) || ((LATE | ROBBED) & B(i)) || LOCKS_LOST)
#define I1 (OK1(1) && OK1(2) && OK1(3) && OK1(4))
#define CHECK assert(I1)

/* After each change of a directory: the journal may or may not have it by now. */
#ifdef POWER
#define DURABLE d_step { dpub = pub; dstg[0] = stg[0]; dstg[1] = stg[1]; dstg[2] = stg[2]; \
                         dstg[3] = stg[3]; dstg[4] = stg[4] }
#define CHANGED CHECK; if :: DURABLE :: skip fi
#define FSYNC   DURABLE
#else
#define CHANGED CHECK
#define FSYNC   skip
#endif

/* Files that go: whose record was inserted after `known` was looked at has come too late. */
#define TOO_LATE(i) ((born & ~known & B(i)) && LOST(i) -> B(i) : 0)
#ifdef SAVE	/* what a save inserts is exempt only if locks were lost, or if somebody's wait for the
		   standby was broken off: the last look is not made durable */
#define TOO_LATE_4 ((LOCKS_LOST || nbreak) -> TOO_LATE(4) : 0)
#else
#define TOO_LATE_4 TOO_LATE(4)
#endif
#define ERASED(i) stg[i] = 0; late = late | TOO_LATE(1) | TOO_LATE(3) | TOO_LATE_4; CHANGED

/* --- the server --- */

/* Who moves a file believes to hold the locks of t. */
#define HOLDING(t) unnoticed = unnoticed | (txst[t] == DEAD)
#define FREED(lock, t) (lock == t -> 0 : lock)

inline unlock(t) {
	d_step {
		rdel[1] = FREED(rdel[1], t); rdel[2] = FREED(rdel[2], t);
		rdel[3] = FREED(rdel[3], t); rdel[4] = FREED(rdel[4], t);
		lid[0] = FREED(lid[0], t); lid[1] = FREED(lid[1], t); lid[2] = FREED(lid[2], t);
		lid[3] = FREED(lid[3], t); lid[4] = FREED(lid[4], t);
		lurl = FREED(lurl, t);
		ins = (t == TXU -> ins & ~B(3) : ((t == TXP || t == TXS) -> ins & ~(B(1) | B(4)) : ins));
		writers = (t >= TXP -> writers & ~WRITER(t) : writers);
		txst[t] = NONE
	}
}

#define GOING(i, t) (rdel[i] == t -> B(i) : 0)
#define COMING(t) (t == TXU -> ins & B(3) : ((t == TXP || t == TXS) -> ins & (B(1) | B(4)) : 0))

/* What the primary has, and shows. */
inline commit_here(t) {
	d_step {
		goneat[1] = (rdel[1] == t -> ver : goneat[1]); goneat[2] = (rdel[2] == t -> ver : goneat[2]);
		goneat[3] = (rdel[3] == t -> ver : goneat[3]); goneat[4] = (rdel[4] == t -> ver : goneat[4]);
#ifdef AWAY
		away = (rdel[1] == t -> 0 : away);
#endif
		rows = (rows & ~(GOING(1, t) | GOING(2, t) | GOING(3, t) | GOING(4, t))) | COMING(t)
	}
	unlock(t)
}

/* A confirmed commit: the standby has it, and all before it. */
inline commit(t) { commit_here(t); srows = rows }

/* An insertion. If nobody keeps the bytes any more, it came too late. */
#define RELEASE if :: txst[T] == ACTIVE -> unlock(T) :: txst[T] == DEAD -> txst[T] = NONE :: else fi

inline insert(n, v) {
	ins = ins | B(n); born = born | B(n); need[n] = v;
	if
	:: HAS(v)
	:: !HAS(v) && drop != 2 -> late = late | B(n)
	:: !HAS(v) && drop == 2 -> robbed = robbed | B(n)	/* the editor has unlinked it */
	fi
}

#ifdef STANDBY
#define BROKEN(t) txst[t] == ACTIVE && nbreak < BREAK && !failed	/* its wait for the standby */
#define BREAKS(t) :: atomic { txst[t] == CSENT && nbreak < BREAK && !failed -> nbreak++; commit_here(t); CHECK }
#else
#define BREAKS(t)
#endif

#define ENDS(t) \
	:: atomic { txst[t] == GHOST -> unlock(t) } \
	:: atomic { txst[t] == CSENT -> unlock(t) } \
	:: atomic { txst[t] == CSENT -> commit(t); CHECK } \
	BREAKS(t) \
	:: atomic { nzombie < ZOMBIE && txst[t] == ACTIVE -> nzombie++; unlock(t); txst[t] = DEAD }

proctype Server() {
end:	do
	ENDS(1) ENDS(2)
#if NREM > 1
	ENDS(3) ENDS(4)
#endif
#if NREM > 2
	ENDS(5) ENDS(6)
#endif
#if FSCK || SWEEP > 1
	ENDS(TXF)
#endif
#if SWEEP || FSCK > 1
	ENDS(TXO)
#endif
#ifdef STANDBY
	:: atomic { srows != rows -> srows = rows }
#endif
	:: atomic { quiet -> break }
	od
}

#ifdef STANDBY
/* The standby takes over: what it does not have has never been. */
proctype FailOver() {
	byte t;
	atomic {
		failed = 1;
		for (t : 1 .. 11) {
			if
			:: txst[t] == ACTIVE -> unlock(t); txst[t] = DEAD
			:: txst[t] == IDLE -> txst[t] = DEAD
			:: txst[t] == GHOST || txst[t] == CSENT -> unlock(t)
			:: else
			fi
		}
		t = 0;
		stray = stray | ((rows & ~srows) != 0);
		rows = srows;
		CHECK;
		alive--
	}
}
#endif

/* --- a removal --- */

#define T (2 * k - 1)
#define A (2 * k)

#define DIE :: atomic { ncrash < CRASH -> ncrash++; goto died }
#define GONE_AWAY(t) :: atomic { txst[t] == DEAD -> txst[t] = NONE; out = E500; goto answer }

#define PUBLIC 0	/* enum disk_place */
#define STAGED 1
#define ABSENT 2

#define P200        0	/* answers: 200 without detalle, … */
#define D_SHARED    1
#define D_ABSENT    2
#define D_NOTERASED 3
#define E404        4
#define E500        5

#define FROM_SHARED 0	/* who wants a file put back */
#define FROM_FSYNC  1
#define FROM_SETTLE 2

proctype Removal(byte k; byte id) {
	byte place, out, back, top, stv, w, known, list;
	bit sh, hs, pbok, ref, there, settling, returned;
	byte att, round, lk, vis;	/* lk, vis: 1: with our url, 2: with another */
#ifdef POWER
	{
#endif
	if
	:: id == 0 ->		/* of any image that may ever be */
		if :: id = 1 :: id = 2 :: id = 3 :: id = 4 fi
	:: else
	fi;

	/* BEGIN, and the id's lock */
begin:	if
	:: atomic { lid[id] == 0 -> lid[id] = T; txst[T] = ACTIVE }
	DIE
	fi;
	/* The url: its snapshot, then its lock */
	if
	:: atomic { txst[T] == ACTIVE -> lk = SEEN(id) }
	GONE_AWAY(T)
	DIE
	fi;
	if
	:: atomic { lk == 1 && txst[T] == ACTIVE && lurl == 0 -> lurl = T }
	:: atomic { lk != 1 && txst[T] == ACTIVE -> skip }
	GONE_AWAY(T)
	DIE
	fi;
	/* DELETE: its snapshot … */
	if
	:: atomic { txst[T] == ACTIVE -> vis = SEEN(id); sh = OTHER(id); known = rows }
	:: atomic { txst[T] == ACTIVE && lk && nrefuse < REFUSE -> nrefuse++; unlock(T); ref = 1; goto refused }
	GONE_AWAY(T)
	DIE
	fi;
	/* … then it waits for the row's lock and looks at the row again */
	if
	:: atomic { vis && txst[T] == ACTIVE && rdel[id] == 0 ->
		vis = SEEN(id); if :: vis -> rdel[id] = T :: else fi }
	:: atomic { !vis && txst[T] == ACTIVE -> skip }
	GONE_AWAY(T)
	DIE
	fi;
	/* Was what was locked deleted? */
	if
	:: atomic { !lk && !vis ->
		if :: txst[T] == DEAD -> txst[T] = NONE :: else -> unlock(T) fi; out = E404; goto answer }
	:: atomic { lk != vis ->
		if :: txst[T] == DEAD -> txst[T] = NONE; out = E500; goto answer :: else -> unlock(T) fi;
		att++; lk = 0; vis = 0; sh = 0;
		if :: att < 3 -> goto begin :: else -> out = E500; goto answer fi }
	:: atomic { lk == 1 && vis == 1 -> lk = 0; vis = 0 }
	:: atomic { lk == 2 && vis == 2 -> out = E500; goto undo }	/* not about our url: it ends here */
	fi;

	/* Where is the file? Two looks: the public name, then the stage */
	if :: atomic { stv = pub; top = ver } DIE fi;
	if :: atomic { hs = (stg[id] != 0); place = (stv -> PUBLIC : (hs -> STAGED : ABSENT));
		stv = (stv -> stv : stg[id]) } DIE fi;
	if
	:: atomic { sh && place != ABSENT && hs -> back = FROM_SHARED; goto settle_back }
	:: atomic { sh && place != ABSENT && !hs -> pbok = 1; goto shared }
	:: atomic { place == ABSENT -> out = D_ABSENT; goto do_commit }
	:: atomic { !sh && place == STAGED -> goto sync }
	:: atomic { !sh && place == PUBLIC && pub && pub == stg[id] -> skip }
	:: atomic { !sh && place == PUBLIC && !(pub && pub == stg[id]) -> goto stage }
	fi;
	/* One file under two names (TWOSTEP), of which rename(2) moves none */
	if :: atomic { HOLDING(T); stg[id] = 0; CHANGED } DIE fi;
stage:	if	/* one rename, over an older stage of this id if there is one */
	:: atomic { pub != 0 ->
		assert((known & rows & ~B(id)) == 0 || LOCKS_LOST);	/* I4: nobody else has it */
		assert(pub >= stg[id] || LOCKS_LOST);			/* I4: what goes is older */
		known = 0;
		HOLDING(T); stg[id] = pub; pub = 0; CHANGED }
	:: atomic { pub == 0 && stg[id] != 0 -> skip }	/* ENOENT, and something is staged: as if moved */
	:: atomic { pub == 0 && stg[id] == 0 -> place = ABSENT; out = D_ABSENT; goto do_commit }
	DIE
	fi;
sync:	if
	:: atomic { FSYNC; place = STAGED; goto do_commit }
	:: atomic { ndisk < DISK -> ndisk++; place = STAGED; back = FROM_FSYNC; goto settle_back }
	DIE
	fi;

shared:	atomic { if :: pbok -> pbok = 0; place = PUBLIC; out = D_SHARED :: else -> out = E500; goto undo fi };

do_commit:
	if
	:: atomic { txst[T] == ACTIVE -> commit(T); txst[T] = IDLE; known = born; CHECK }
	:: atomic { txst[T] == ACTIVE && nrefuse < REFUSE -> nrefuse++; unlock(T); goto settle }
	:: atomic { txst[T] == ACTIVE && nconn < CONN -> nconn++; txst[T] = CSENT; goto settle }
	:: atomic { txst[T] == DEAD -> txst[T] = NONE; goto settle }
#ifdef STANDBY
	:: atomic { BROKEN(T) -> nbreak++; commit_here(T); CHECK; goto settle }	/* a WARNING says so */
#endif
	:: atomic { txst[T] == ACTIVE && ncrash < CRASH -> ncrash++; txst[T] = CSENT; goto died }
	DIE
	fi;
	/* Confirmed. With nothing staged that is all. */
	if
	:: atomic { place != STAGED -> txst[T] = NONE; goto answer }
	:: atomic { place == STAGED -> skip }
	fi;

	/* The last look, without locks: who is writing? Wait for them, then ask, and make that durable;
	   then once more, with the url's lock, which is kept until the file is erased */
look:	if
	:: atomic { txst[T] == IDLE -> list = writers; known = born }
	:: atomic { txst[T] == DEAD -> txst[T] = NONE; goto no_answer }
	DIE
	fi;
	if
	:: atomic { (writers & list) == 0 -> list = 0 }
	:: atomic { (writers & list) != 0 && nout < OUT -> nout++; list = 0; txst[T] = NONE; out = D_NOTERASED; goto answer }
	:: atomic { txst[T] == DEAD -> txst[T] = NONE; list = 0; goto no_answer }
	DIE
	fi;
	if
	:: atomic { txst[T] == IDLE -> sh = ANYROW }
	:: atomic { txst[T] == DEAD -> txst[T] = NONE; goto no_answer }
	:: atomic { nconn < CONN -> nconn++; txst[T] = NONE; goto no_answer }	/* the reply is lost */
	DIE
	fi;
	if	/* somebody's deletion, which shows, may not be durable (where there is a standby) */
	:: atomic { txst[T] == IDLE -> srows = rows; txst[T] = NONE }
#ifdef STANDBY
	:: atomic { txst[T] == IDLE && nbreak < BREAK && !failed -> nbreak++; txst[T] = NONE; goto no_answer }
#endif
	:: atomic { txst[T] == DEAD -> txst[T] = NONE; goto no_answer }
	DIE
	fi;
	if
	:: atomic { lurl == 0 -> lurl = T; txst[T] = ACTIVE }
	:: atomic { lurl != 0 -> txst[T] = IDLE; goto look }	/* its holder is waited for … */
	:: atomic { lurl != 0 -> out = D_NOTERASED; goto answer }	/* … for half a second */
	:: atomic { nconn < CONN -> nconn++; goto no_answer }
	DIE
	fi;
	if
	:: atomic { txst[T] == ACTIVE -> sh = sh || ANYROW }
	:: atomic { txst[T] == DEAD -> txst[T] = NONE; goto no_answer }
	DIE
	fi;
	if
	:: atomic { sh -> RELEASE; goto once_more }
	:: atomic { !sh -> goto erase }
	fi;

no_answer:	/* the deletion's: that is settled; who settles leaves it staged */
	atomic { if :: !settling -> goto settle :: else -> out = E500; goto answer fi };

once_more:	/* three times at the most (here two) */
	atomic { if :: round < 2 -> goto settle :: else -> out = D_NOTERASED; goto answer fi };

refused:	/* the statement, with the url known: an older stage of our own is settled */
	if
	:: atomic { stg[id] != 0 -> place = STAGED; stv = stg[id]; goto settle }
	:: atomic { stg[id] == 0 -> out = E500; goto answer }
	DIE
	fi;

	/* Under the locks: the truth, and what the rule makes of it */
settle:	if
	:: atomic { lid[id] == 0 -> lid[id] = A; txst[A] = ACTIVE; settling = 1; round++ }
	:: atomic { nconn < CONN -> nconn++; out = E500; goto answer }	/* no answer: it stays staged */
	DIE
	fi;
	if
	:: atomic { txst[A] == ACTIVE && lurl == 0 -> lurl = A }
	:: atomic { txst[A] == ACTIVE && nconn < CONN -> nconn++; txst[A] = GHOST; out = E500; goto answer }
	GONE_AWAY(A)
	DIE
	fi;
	if
	:: atomic { txst[A] == ACTIVE -> vis = HAS_ROW(id); sh = OTHER(id); known = born }
	GONE_AWAY(A)
	DIE
	fi;
	if	/* the rule */
	:: atomic { place == STAGED && (vis || sh) -> back = FROM_SETTLE; goto settle_back }
	:: atomic { place != STAGED && vis -> out = E500; goto release }
	:: atomic { !vis && !sh && ref -> out = E500; goto release }	/* it is no removal of ours */
	:: atomic { place != STAGED && !vis && !returned && !ref -> goto durable }
	:: atomic { place != STAGED && !vis && sh && returned -> returned = 0; out = D_SHARED; goto durable }
	/* What somebody had put back, for a record that somebody else has deleted since, is left to
	   the sweep of orphans: a newer file may lie there by now. */
	:: atomic { place != STAGED && !vis && !sh && returned -> returned = 0; stray = 1; out = E500; goto release }
	:: atomic { place == STAGED && !vis && !sh && !ref -> goto durable }
	fi;

	/* What was read is made durable: a WAL record, committed, in the same transaction */
durable:
	if
	:: atomic { txst[A] == ACTIVE -> unlock(A); srows = rows; txst[T] = IDLE }
#ifdef STANDBY
	:: atomic { BROKEN(A) -> nbreak++; unlock(A); out = E500; goto answer }
#endif
	:: atomic { nconn < CONN && txst[A] == ACTIVE -> nconn++; txst[A] = GHOST; out = E500; goto answer }
	GONE_AWAY(A)
	DIE
	fi;
	if
	:: atomic { place == STAGED -> goto look }
	:: atomic { place != STAGED -> txst[T] = NONE; goto answer }
	fi;

	/* Under the url's lock, unless it has been lost: no save finds the file meanwhile. (Nothing else is
	   ever staged for an id that is gone for good.) */
erase:
#ifdef GRACE
	atomic { out = D_NOTERASED };
	goto undo;	/* within the grace it stays staged */
#endif
	if	/* it has been written to since, or somebody may still write */
	:: atomic { stg[id] != 0 && (stg[id] == opn || stg[id] != stv) -> out = D_NOTERASED; goto undo }
	:: atomic { !(stg[id] != 0 && (stg[id] == opn || stg[id] != stv)) -> skip }
	DIE
	fi;
	if
	:: atomic { stg[id] != 0 ->
		assert(stg[id] != opn);				/* I4: an upload that is not over */
		assert(stg[id] <= goneat[id] || LOCKS_LOST);	/* I4: nothing written after the record was gone */
		HOLDING(T); ERASED(id); goto undo }
	:: atomic { stg[id] == 0 -> there = (pub == stv) }	/* who has put it back, or erased it? */
	:: atomic { ndisk < DISK -> ndisk++; out = D_NOTERASED; goto undo }
	DIE
	fi;
	if
	:: atomic { pub != stv -> there = 0; goto undo }
	:: atomic { pub == stv -> place = PUBLIC; returned = 1; RELEASE; goto once_more }
	DIE
	fi;

	/* The newest stage of that name goes back first, then ours goes the same way */
settle_back:	/* in T, or in A */
	if :: atomic { w = (NEWER(id) && back != FROM_FSYNC -> NEWEST : id) } DIE fi;
	if
#ifdef TWOSTEP
	:: atomic { stg[w] != 0 && pub == 0 -> HOLDING(T); HOLDING(A); pub = stg[w]; CHANGED; goto pb_unlink }
#else
	:: atomic { stg[w] != 0 && pub == 0 -> HOLDING(T); HOLDING(A); pub = stg[w]; stg[w] = 0; CHANGED; goto moved }
#endif
	:: atomic { stg[w] == 0 -> goto moved }			/* ENOENT */
	:: atomic { stg[w] != 0 && pub != 0 -> goto moved }	/* EEXIST */
	DIE
	fi;
#ifdef TWOSTEP
pb_unlink:
	if :: atomic { HOLDING(T); HOLDING(A); stg[w] = 0; CHANGED } DIE fi;
#endif
moved:	if	/* ours is still there: superseded, if there really is one in the public place */
	:: atomic { stg[id] == 0 -> goto pb_sync }
	:: atomic { stg[id] != 0 && pub != 0 -> skip }
	:: atomic { stg[id] != 0 && pub == 0 -> pbok = 0; goto pb_done }
	DIE
	fi;
	if
	:: atomic { HOLDING(T); HOLDING(A);
		assert(pub == 0 || pub >= stg[id] || LOCKS_LOST);	/* I4: never the newer one */
		stg[id] = 0;
		robbed = robbed | (drop == 2 -> ALL_LOST : 0); CHANGED }
	DIE
	fi;
pb_sync:
	if :: atomic { FSYNC; place = PUBLIC; pbok = 1 } DIE fi;
pb_done:
	atomic { w = 0; if
	:: back == FROM_SHARED -> goto shared
	:: back == FROM_FSYNC -> out = E500; goto undo
	:: back == FROM_SETTLE ->
		if
		:: vis || !pbok -> out = E500; goto release
		:: else -> out = D_SHARED; goto durable
		fi
	fi };

release:
	atomic {
		assert(!(vis && pbok && txst[A] == ACTIVE) || stg[id] == 0 || LOCKS_LOST);	/* I2 */
		if :: txst[A] == ACTIVE -> unlock(A) :: txst[A] == DEAD -> txst[A] = NONE :: else fi
	};
	goto answer;

undo:	atomic { RELEASE };

answer:
	atomic {
#if NREM == 1	/* I2: a repeated DELETE that is refused settles what an older one has left */
		assert(!ref || !HAS_ROW(id) || !stg[id] || ncrash || nconn || nzombie || ndisk || FAILED);
#endif
		if
		:: out <= D_NOTERASED && !ref ->
			/* I3: the record is durably gone, … */
			assert(!HAS_ROW(id) && !((srows >> id) & 1));
#if !FSCK			/* which may just be at it */
			assert(stg[id] == 0 || out != P200 || LOCKS_LOST);
#endif
			/* … and nothing is at its url that was there when it was staged, but for what
			   detalle says (or because a record came for it meanwhile) */
			assert(out != P200 || !there || pub == 0 || pub > top || ANYROW || ORPHAN || stray || drop == 1);
			assert((out != P200 && out != D_ABSENT) || pub == 0 || pub > top || ANYROW || ORPHAN || stray || drop == 1 || LOCKS_LOST)
		:: else
		fi;
		goto finish
	};

died:	atomic {
		if :: txst[T] == ACTIVE -> txst[T] = GHOST :: txst[T] == DEAD || txst[T] == IDLE -> txst[T] = NONE :: else fi;
		if :: txst[A] == ACTIVE -> txst[A] = GHOST :: txst[A] == DEAD -> txst[A] = NONE :: else fi
	};
finish:	atomic {
		place = 0; out = 0; back = 0; top = 0; stv = 0; w = 0; known = 0; list = 0; sh = 0; vis = 0;
		lk = 0; hs = 0; pbok = 0; ref = 0; there = 0; settling = 0; returned = 0; round = 0; att = 0; alive--
	}
#ifdef POWER
	} unless { atomic { power -> alive-- } }
#endif
}

/* --- the shop --- */

#ifdef UP
/* The uploader: a new file is renamed into place (over an older one), then comes the record. */
proctype Upload() {
	byte v;
#ifdef POWER
	{
#endif
	atomic { ver++; v = ver; pub = v; CHANGED };
	/* It has synced what it wrote, or else that is its own fault. */
	atomic { FSYNC; txst[TXU] = ACTIVE; writers = writers | WRITER(TXU); insert(3, v) };
	if
	:: atomic { txst[TXU] == ACTIVE -> commit(TXU); CHECK }
	:: atomic { txst[TXU] == ACTIVE -> unlock(TXU); stray = 1 }
	:: atomic { txst[TXU] == DEAD -> txst[TXU] = NONE; stray = 1 }
	fi;
	atomic { v = 0; alive-- }
#ifdef POWER
	} unless { atomic { power -> stray = stray | (v && !HAS_ROW(3)); alive-- } }
#endif
}
#endif

#ifdef SLOWUP
/* The uploader that opens the public file itself, truncates it, and takes its time. */
#define WRITTEN(place, v) place = ((v) && place == (v) -> ver : place)
proctype SlowUpload() {
	byte v, u;
	atomic {		/* open: truncated; the same file may have two names for a moment (TWOSTEP) */
		v = pub; ver++;
		WRITTEN(stg[0], v); WRITTEN(stg[1], v); WRITTEN(stg[2], v); WRITTEN(stg[3], v); WRITTEN(stg[4], v);
		pub = ver; opn = ver; v = 0; CHANGED
	};
	atomic {		/* the last write, wherever the file is by now */
		v = opn; ver++;
		WRITTEN(pub, v); WRITTEN(stg[0], v); WRITTEN(stg[1], v); WRITTEN(stg[2], v); WRITTEN(stg[3], v); WRITTEN(stg[4], v);
		opn = ver; v = ver; CHANGED
	};
	atomic { opn = 0 };	/* close */
	atomic { txst[TXU] = ACTIVE; writers = writers | WRITER(TXU); insert(3, v) };
	if
	:: atomic { txst[TXU] == ACTIVE -> commit(TXU); CHECK }
	:: atomic { txst[TXU] == ACTIVE -> unlock(TXU); stray = 1 }
	:: atomic { txst[TXU] == DEAD -> txst[TXU] = NONE; stray = 1 }
	fi;
	atomic { v = 0; alive-- }
}
#endif

#if EDIT
#define REPLACE 1	/* what the shop does: DELETE the product's images, INSERT those of its form */
#define DROP    2	/* DELETE, COMMIT, and then unlink what is no longer listed */
#define BEFORE  4	/* INSERT, then DELETE */
#define COPY    8	/* INSERT only, as an import does */
#define MOVE   16	/* UPDATE of record 1, which gets our url (AWAY) */

/* The product edit, in one transaction, without any lock of ours. */
proctype Edit() {
	byte v, how;
	bit vis;
#ifdef POWER
	{
#endif
	if
	:: (EDIT & REPLACE) -> how = REPLACE
	:: (EDIT & DROP) -> how = DROP
	:: (EDIT & BEFORE) -> how = BEFORE
	:: (EDIT & COPY) -> how = COPY
	:: (EDIT & MOVE) -> how = MOVE
	fi;
	if	/* the form is loaded */
	:: atomic { HAS_ROW(1) -> v = need[1] }
#if defined(NOROW) || defined(AWAY)
	:: atomic { !HAS_ROW(1) -> v = 1 }
#else
	:: atomic { !HAS_ROW(1) -> goto finish }
#endif
	fi;
	if
	:: atomic { how == BEFORE || how == COPY -> txst[TXP] = ACTIVE; writers = writers | WRITER(TXP); insert(4, v) }
	:: atomic { how == REPLACE || how == DROP || how == MOVE -> skip }
	fi;
	if
	:: atomic { how == COPY -> goto end }
	:: atomic { (how == REPLACE || how == DROP || how == MOVE) ->	/* DELETE: its snapshot, … */
		txst[TXP] = ACTIVE; writers = writers | WRITER(TXP); vis = (SEEN(1) != 0) }
	:: atomic { how == BEFORE && txst[TXP] == ACTIVE -> vis = HAS_ROW(1) }
	:: atomic { how != COPY && txst[TXP] == DEAD -> goto end }
	fi;
	if	/* … the row's lock, another look */
	:: atomic { vis && txst[TXP] == ACTIVE && rdel[1] == 0 -> if :: SEEN(1) -> rdel[1] = TXP :: else fi }
	:: atomic { !vis && txst[TXP] == ACTIVE -> skip }
	:: atomic { txst[TXP] == DEAD -> goto end }
	fi;
	if
	:: atomic { how == REPLACE && txst[TXP] == ACTIVE -> insert(4, v) }
	:: atomic { how == MOVE && txst[TXP] == ACTIVE && rdel[1] == TXP -> insert(1, v) }
	:: atomic { (how != REPLACE && (how != MOVE || rdel[1] != TXP)) || txst[TXP] == DEAD -> skip }
	fi;
end:	if	/* of the edit */
	:: atomic { txst[TXP] == ACTIVE -> commit(TXP); drop = (how == DROP); CHECK }
	:: atomic { txst[TXP] == ACTIVE -> unlock(TXP); goto finish }
#ifdef STANDBY
	:: atomic { BROKEN(TXP) -> nbreak++; commit_here(TXP); drop = (how == DROP); CHECK }
#endif
	:: atomic { txst[TXP] == DEAD -> txst[TXP] = NONE; goto finish }
	fi;
	if
	:: atomic { how == DROP ->
		/* without a look at others' records: those it robs are not ours to save */
		vis = (pub != 0); drop = 2;
		if :: stg[0] || stg[1] || stg[2] || stg[3] || stg[4] -> orphan = 1 :: else fi;
		pub = 0;
#ifdef POWER
		stray = 1;		/* which it does not sync */
#endif
		if :: vis -> robbed = robbed | ALL_LOST :: else fi;
		CHANGED }
	:: atomic { how != DROP -> skip }
	fi;
finish:	atomic { v = 0; how = 0; vis = 0; alive-- }
#ifdef POWER
	} unless { atomic { power -> stray = stray | (drop == 1); alive-- } }
#endif
}
#endif

#ifdef SAVE
/*
 * A save of ours (PUT productos), whose list names the url: it makes itself known as a writer, takes
 * the url's lock, looks for the file, writes, and after its COMMIT brings back what is staged. It is
 * waited for, whatever lock it holds. Its record is never too late.
 */
proctype Save() {
	byte v, w;
	atomic { txst[TXS] = ACTIVE; writers = writers | WRITER(TXS) };
	if
	:: atomic { txst[TXS] == ACTIVE && lurl == 0 -> lurl = TXS }
	:: atomic { txst[TXS] == DEAD -> goto finish }
	fi;
	if	/* is the file there, in its place or staged? Else the form is too old */
	:: atomic { pub != 0 -> v = pub }
	:: atomic { pub == 0 && stg[NEWEST] != 0 -> v = stg[NEWEST] }
	:: atomic { pub == 0 && stg[NEWEST] == 0 -> goto finish }
	fi;
	if
	:: atomic { txst[TXS] == ACTIVE -> assert(HAS(v) || LOCKS_LOST); insert(4, v) }
	:: atomic { txst[TXS] == DEAD -> goto finish }
	fi;
	if
	:: atomic { txst[TXS] == ACTIVE -> commit(TXS); CHECK }
	:: atomic { txst[TXS] == ACTIVE -> unlock(TXS); goto finish }
	:: atomic { txst[TXS] == DEAD -> goto finish }
	fi;
	atomic { lurl == 0 -> lurl = TXS; txst[TXS] = ACTIVE };
	if
	:: atomic { txst[TXS] == ACTIVE && ANYROW && pub == 0 -> w = NEWEST }
	:: atomic { txst[TXS] == DEAD || !ANYROW || pub != 0 -> goto finish }
	fi;
	if
	:: atomic { stg[w] != 0 && pub == 0 -> HOLDING(TXS); pub = stg[w]; stg[w] = 0; CHANGED }
	:: atomic { !(stg[w] != 0 && pub == 0) -> skip }
	fi;
finish:	atomic {
		if :: txst[TXS] == ACTIVE -> unlock(TXS) :: txst[TXS] == DEAD -> txst[TXS] = NONE :: else fi;
		v = 0; w = 0; alive--
	}
}
#endif

/* --- imagenes-fsck --- */

#if FSCK
#define FRELEASE if :: txst[t] == ACTIVE -> unlock(t) :: txst[t] == DEAD -> txst[t] = NONE :: else fi
#define FDIE :: atomic { ncrash < CRASH -> ncrash++; goto died }
#define SEE(n) :: atomic { stg[n] && !(seen & B(n)) -> i = n; seen = seen | B(n); stv = stg[n]; staged = 1 }

/* --repair: each stage once, in any order. */
proctype Fsck(byte t) {
	byte i, w, seen, known, list, stv, round;
	bit vis, sh, staged;
#ifdef POWER
	{
#endif
	do
	:: true ->
		if
		SEE(0) SEE(1) SEE(2) SEE(3) SEE(4)
		:: goto finish
		fi;
		/* Both locks are tried: not those of who is alive */
try:		if
		:: atomic { lid[i] == 0 -> lid[i] = t; txst[t] = ACTIVE; round++ }
		:: atomic { lid[i] != 0 -> goto next }
		FDIE
		fi;
		if
		:: atomic { txst[t] == ACTIVE && lurl == 0 -> lurl = t }
		:: atomic { txst[t] != ACTIVE || lurl != 0 -> goto next }
		FDIE
		fi;
		if
		:: atomic { txst[t] == ACTIVE -> vis = (i && HAS_ROW(i)); sh = OTHER(i) }
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		if	/* the rule */
		:: atomic { stg[i] == 0 && staged -> goto next }	/* who was alive has settled it */
		:: atomic { (stg[i] || !staged) && (vis || sh) -> w = (NEWER(i) -> NEWEST : i); goto put_back }
		:: atomic { (stg[i] || !staged) && !vis && !sh && !i -> w = i; goto put_back }	/* what a sweep left is no removal's */
		:: atomic { (stg[i] || !staged) && !vis && !sh && i -> skip }
		FDIE
		fi;
#ifdef GRACE
		goto next;	/* within the grace it stays staged */
#endif
		if	/* what somebody had put back is left to the sweep of orphans */
		:: atomic { !staged -> stray = 1; goto next }
		:: atomic { staged -> skip }
		fi;
		if	/* durable, and the locks gone */
		:: atomic { txst[t] == ACTIVE -> unlock(t); srows = rows; txst[t] = IDLE }
#ifdef STANDBY
		:: atomic { BROKEN(t) -> nbreak++; unlock(t); goto next }
#endif
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		/* The last look */
		if
		:: atomic { txst[t] == IDLE -> list = writers; known = born }
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		if
		:: atomic { (writers & list) == 0 -> list = 0 }
		:: atomic { (writers & list) != 0 && nout < OUT -> nout++; goto next }
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		if
		:: atomic { txst[t] == IDLE -> sh = ANYROW }
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		if
		:: atomic { txst[t] == IDLE -> srows = rows; txst[t] = NONE }
#ifdef STANDBY
		:: atomic { txst[t] == IDLE && nbreak < BREAK && !failed -> nbreak++; goto next }
#endif
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		/* Under the url's lock, which is kept until the file is erased */
		if
		:: atomic { lurl == 0 -> lurl = t; txst[t] = ACTIVE }
		:: atomic { lurl != 0 -> goto next }
		FDIE
		fi;
		if
		:: atomic { txst[t] == ACTIVE -> sh = sh || ANYROW }
		:: atomic { txst[t] == DEAD -> goto next }
		FDIE
		fi;
		if
		:: atomic { sh && round < 2 -> FRELEASE; goto try }
		:: atomic { sh && round >= 2 -> goto next }
		:: atomic { !sh && stg[i] && (stg[i] != stv || stg[i] == opn) -> goto next }
		:: atomic { !sh && !(stg[i] && (stg[i] != stv || stg[i] == opn)) -> skip }
		FDIE
		fi;
		if
		:: atomic { stg[i] ->
			assert(stg[i] != opn);
#ifndef SLOWUP	/* fsck does not know what was written after the staging, when it has been closed */
			assert(stg[i] <= goneat[i] || LOCKS_LOST);
#endif
			HOLDING(t); ERASED(i); goto next }
		:: atomic { !stg[i] && pub == stv && round < 2 -> FRELEASE; staged = 0; goto try }
		:: atomic { !stg[i] && (pub != stv || round >= 2) -> goto next }
		FDIE
		fi;
put_back:
		if
#ifdef TWOSTEP
		:: atomic { stg[w] != 0 && pub == 0 -> HOLDING(t); pub = stg[w]; CHANGED; goto pb_unlink }
#else
		:: atomic { stg[w] != 0 && pub == 0 -> HOLDING(t); pub = stg[w]; stg[w] = 0; CHANGED; goto moved }
#endif
		:: atomic { stg[w] == 0 || pub != 0 -> goto moved }
		FDIE
		fi;
#ifdef TWOSTEP
pb_unlink:	if :: atomic { HOLDING(t); stg[w] = 0; CHANGED } FDIE fi;
#endif
moved:		if
		:: atomic { stg[i] != 0 && pub != 0 -> skip }
		:: atomic { stg[i] == 0 || pub == 0 -> goto sync }
		FDIE
		fi;
		if
		:: atomic { HOLDING(t); assert(pub == 0 || pub >= stg[i] || LOCKS_LOST);
			stg[i] = 0; robbed = robbed | (drop == 2 -> ALL_LOST : 0); CHANGED }
		FDIE
		fi;
sync:		if :: atomic { FSYNC } FDIE fi;
next:		atomic {
			if :: txst[t] == ACTIVE -> unlock(t) :: txst[t] == DEAD || txst[t] == IDLE -> txst[t] = NONE :: else fi;
			vis = 0; sh = 0; i = 0; w = 0; known = 0; list = 0; stv = 0; staged = 0; round = 0
		}
	od;
died:	atomic {
		if :: txst[t] == ACTIVE -> txst[t] = GHOST :: txst[t] == DEAD || txst[t] == IDLE -> txst[t] = NONE :: else fi
	};
finish:	atomic { vis = 0; sh = 0; i = 0; w = 0; known = 0; list = 0; seen = 0; stv = 0; staged = 0; round = 0; alive-- }
#ifdef POWER
	} unless { atomic { power -> alive-- } }
#endif
}
#endif

#if SWEEP
/*
 * --delete-orphans, of the one public name: version 1 is old enough, later ones are not. What was
 * read has been made durable before (first look); then, under the locks: stat, rename aside,
 * stat, wait, look, erase or put back.
 */
proctype Sweep(byte t) {
	byte v, known, list;
	bit sh;
	if
	:: atomic { !ANYROW && txst[t] == NONE -> srows = rows; txst[t] = IDLE }
	:: atomic { ANYROW -> goto finish }
	fi;
	if
	:: atomic { txst[t] == IDLE && lid[0] == 0 -> lid[0] = t; txst[t] = ACTIVE }
	:: atomic { txst[t] == DEAD -> goto finish }
	fi;
	if
	:: atomic { txst[t] == ACTIVE && lurl == 0 -> lurl = t }	/* the sweep's */
	:: atomic { txst[t] == DEAD -> goto finish }
	fi;
	if
	:: atomic { pub == 1 -> v = pub }		/* fstatat: there, and old */
	:: atomic { pub != 1 -> goto finish }
	fi;
	if
	:: atomic { pub != 0 -> HOLDING(t); stg[0] = pub; pub = 0; CHANGED }
	:: atomic { pub == 0 -> goto finish }
	fi;
	if
	:: atomic { stg[0] == v -> skip }		/* it is what was looked at */
	:: atomic { stg[0] != v -> goto put_back }
	DIE
	fi;
	if
	:: atomic { txst[t] == ACTIVE -> list = writers; known = born }
	:: atomic { txst[t] == DEAD -> goto put_back }
	DIE
	fi;
	if
	:: atomic { (writers & list) == 0 -> skip }
	:: atomic { (writers & list) != 0 && nout < OUT -> nout++; goto put_back }
	DIE
	fi;
	if
	:: atomic { txst[t] == ACTIVE -> sh = ANYROW }
	:: atomic { txst[t] == DEAD -> goto put_back }
	DIE
	fi;
	if
	:: atomic { sh || stg[0] == opn -> goto put_back }
	:: atomic { !sh && stg[0] != opn -> skip }
	DIE
	fi;
	if
	:: atomic {
		HOLDING(t);
		assert(stg[0] == 0 || (stg[0] == v && stg[0] != opn) || LOCKS_LOST);	/* I4: an upload is no orphan */
		ERASED(0); goto finish }
	DIE
	fi;
put_back:
	if
	:: atomic { stg[0] != 0 && pub == 0 -> HOLDING(t); pub = stg[0]; stg[0] = 0; CHANGED }
	:: atomic { stg[0] != 0 && pub != 0 -> HOLDING(t); assert(pub >= stg[0] || LOCKS_LOST); stg[0] = 0; CHANGED }
	:: atomic { stg[0] == 0 -> skip }
	DIE
	fi;
	goto finish;
died:	atomic { stray = 1; if :: txst[t] == ACTIVE -> txst[t] = GHOST :: else fi };
finish:	atomic {
		if :: txst[t] == ACTIVE -> unlock(t) :: txst[t] == DEAD || txst[t] == IDLE -> txst[t] = NONE :: else fi;
		v = 0; known = 0; list = 0; sh = 0; alive--
	}
}
#endif

/* --- power --- */

#ifdef POWER
proctype Power() {
	byte t;
	atomic {
		pub = dpub;
		stg[0] = dstg[0]; stg[1] = dstg[1]; stg[2] = dstg[2]; stg[3] = dstg[3]; stg[4] = dstg[4];
		for (t : 1 .. 11) {
			if
			:: txst[t] == NONE
			:: txst[t] == IDLE -> txst[t] = NONE
			:: txst[t] == CSENT -> commit(t)
			:: txst[t] != NONE && txst[t] != IDLE -> unlock(t)
			fi
		}
		t = 0; power = 1; alive--;
		CHECK
	}
}
#endif

/* --- all of it, then imagenes-fsck --repair, alone --- */

#define ENDED (txst[1] == NONE && txst[2] == NONE && txst[3] == NONE && txst[4] == NONE && txst[5] == NONE && \
               txst[6] == NONE && txst[7] == NONE && txst[8] == NONE && txst[9] == NONE && txst[10] == NONE && \
               txst[11] == NONE)
#define FREE  (lurl == 0 && lid[0] == 0 && lid[1] == 0 && lid[2] == 0 && lid[3] == 0 && lid[4] == 0 && writers == 0)

inline repair(i, over) {
	if
	:: stg[i] == 0
	:: stg[i] != 0 && !ANYROW && i != 0 && over ->
#ifndef SLOWUP
		assert(stg[i] <= goneat[i] || LOCKS_LOST);
#endif
		stg[i] = 0
	:: stg[i] != 0 && !ANYROW && i != 0 && !over -> skip
	:: stg[i] != 0 && (ANYROW || i == 0) ->
		if :: ANYROW && NEWER(i) && pub == 0 -> w = NEWEST; pub = stg[w]; stg[w] = 0; w = 0 :: else fi;
		if
		:: pub == 0 -> pub = stg[i]; stg[i] = 0
		:: else -> assert(pub >= stg[i] || LOCKS_LOST); stg[i] = 0
		fi
	fi;
	CHECK
}

/* The order of names is not the order of ids: .removal-10- comes before .removal-9-. */
inline repair_all(over) {
	if
	:: repair(0, over); repair(1, over); repair(2, over); repair(3, over); repair(4, over)
	:: repair(4, over); repair(3, over); repair(2, over); repair(1, over); repair(0, over)
	fi
}

#define OK2(i) (!HAS_ROW(i) || pub >= need[i] || ((LATE | ROBBED) & B(i)) || LOCKS_LOST)

init {
	byte w;
	atomic {
		pub = 1; ver = 1;
#if defined(NOROW)	/* the file is an old orphan */
		stray = 1;
#elif defined(AWAY)
		away = 1;
#else
		rows = B(1); need[1] = 1;
#endif
#ifdef SHARED
		rows = rows | B(2); need[2] = 1;
#endif
		goneat[0] = 1;				/* an old orphan, no fresh upload */
		goneat[1] = 255; goneat[2] = 255; goneat[3] = 255; goneat[4] = 255;
#ifdef OLD		/* what removals have left that died: */
		if
		:: stg[1] = 1; pub = 0			/* of this image, before its COMMIT */
		:: stg[1] = 1; pub = 2; ver = 2		/* the same, and an upload since */
#ifndef SHARED
		:: stg[2] = 1; pub = 2; ver = 2;	/* of another, after it, and an upload since */
			goneat[2] = 1; need[1] = 2
		:: stg[2] = 1; stg[1] = 2; pub = 0; ver = 2;	/* of both */
			goneat[2] = 1; need[1] = 2
#endif
		fi;
#endif
		born = rows;
#ifdef STANDBY
		srows = rows; alive++; run FailOver();
#endif
#ifdef POWER
		DURABLE; alive++; run Power();
#endif
		run Server();
		alive++; run Removal(1, 1);
#if NREM > 1
		alive++; run Removal(2, 0);
#endif
#if NREM > 2
		alive++; run Removal(3, 0);
#endif
#ifdef UP
		alive++; run Upload();
#endif
#ifdef SLOWUP
		alive++; run SlowUpload();
#endif
#if EDIT
		alive++; run Edit();
#endif
#ifdef SAVE
		alive++; run Save();
#endif
#if FSCK
		alive++; run Fsck(TXF);
#if FSCK > 1		/* two at once, without SWEEP */
		alive++; run Fsck(TXO);
#endif
#endif
#if SWEEP
		alive++; run Sweep(TXO);
#if SWEEP > 1		/* two at once, without FSCK */
		alive++; run Sweep(TXF);
#endif
#endif
	};
	atomic { alive == 0 && ENDED -> quiet = 1 };
	assert(FREE);
	atomic {
#ifdef GRACE
		repair_all(0);
		if	/* the form is older than anything, and is saved within the grace */
		:: skip
		:: !HAS_ROW(4) && !(born & B(4)) -> insert(4, 1); ins = 0; rows = rows | B(4); CHECK; repair_all(0)
		fi;
#endif
		repair_all(1);
		/* I2: nothing is staged; a record exists, so does its file, and the other way round */
		assert(!stg[0] && !stg[1] && !stg[2] && !stg[3] && !stg[4]);
		assert(OK2(1) && OK2(2) && OK2(3) && OK2(4));
		assert(ANYROW || pub == 0 || ORPHAN || stray || LOCKS_LOST)
	}
}
