# SPDX-License-Identifier: ISC
# IMAGENES_FIND_ARCHIVE(ARCHIVE, DIRECTORIES, DEBIAN-PACKAGE): adds the archive to STANDALONE_LIBS, or says
# which package has it.
AC_DEFUN([IMAGENES_FIND_ARCHIVE],
      [AC_MSG_CHECKING([for $1])
       archive= directories="$2"
       for directory in $directories; do
           AS_IF([test -z "$archive" && test -f "$directory/$1"], [archive=$directory/$1])
       done
       AS_IF([test -z "$archive"],
             [AC_MSG_RESULT([no])
              AC_MSG_ERROR([$1 is missing from $directories, and --enable-standalone needs it (Debian: apt-get install $3)])])
       AC_MSG_RESULT([$archive])
       STANDALONE_LIBS="$STANDALONE_LIBS $archive"])
