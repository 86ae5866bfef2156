#!/usr/bin/env bash
# Makes zowarmup-VERSION-linux-x86_64.tar.gz in release/target, from the jars that Maven has put beside it. Called by
# `mvn -Prelease package`.
#   ZOWARMUP_RELEASE_JDK   the JDK whose Java is taken; without it the one in /usr/lib/jvm that needs the oldest glibc
set -euo pipefail
version=$1
maven_jdk=$2
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
root=$(dirname -- "$here")
name=zowarmup-$version-linux-x86_64
work=$here/target/$name

die() {
  printf 'release: %s\n' "$*" >&2
  exit 1
}

# The newest glibc that one of these files asks for, such as 2.17.
glibc() {
  LC_ALL=C grep -aoh 'GLIBC_2\.[0-9]*' "$@" | sort -u -t. -k2,2n | tail -n 1 | cut -d_ -f2
}

choose_jdk() {
  local best='' oldest=999 jdk minor
  for jdk in "$maven_jdk" /usr/lib/jvm/*; do
    [[ -x $jdk/bin/jlink && -f $jdk/lib/server/libjvm.so ]] || continue
    minor=$(glibc "$jdk/lib/server/libjvm.so" "$jdk/lib/libjava.so")
    minor=${minor#2.}
    if ((minor < oldest)); then
      best=$jdk oldest=$minor
    fi
  done
  printf '%s\n' "$best"
}

jdk=${ZOWARMUP_RELEASE_JDK:-$(choose_jdk)}
[[ -x $jdk/bin/jlink ]] || die "needs a JDK with jlink, found none; install one or set ZOWARMUP_RELEASE_JDK"

rm -rf -- "$work"
mkdir -p -- "$work/lib" "$work/native/fallback"

# Native code, shims for MPI among it, lies unpacked beside the jars, so that nothing is unpacked where the program runs.
for jar in "$here"/target/jars/*.jar; do
  unzip -qqjo "$jar" '*.so' '*.so.*' -d "$work/native" 2>/dev/null || [[ $? == 11 ]]
  case $jar in
    *-linux-x86_64.jar) ;;
    *) cp -p -- "$jar" "$work/lib/" ;;
  esac
done
# not for this system: jline's for others
find "$work/native" -name '*jlinenative*' -delete
# For systems without a C++ runtime; the launcher prefers the system's own.
for library in libstdc++.so.6 libgcc_s.so.1; do
  cp -L -- "$(g++ -print-file-name=$library)" "$work/native/fallback/"
done

cp -- "$root/zowarmup" "$root/LICENSE" "$root/README.md" "$root/CHANGELOG.md" "$here/target/THIRD-PARTY.txt" "$work/"
cp -r -- "$root/configs" "$root/docs" "$work/"
cp -r -- "$here/container" "$work/"

# All of Java SE, since plug-ins of users may need it, and what the libraries look up by reflection.
"$jdk/bin/jlink" --add-modules java.se,jdk.unsupported,jdk.management,jdk.zipfs,jdk.httpserver \
  --strip-java-debug-attributes --no-header-files --no-man-pages --output "$work/jre"
# A distribution's Java takes compression, images and fonts from the system's libraries; a window it never opens.
find "$work/jre" -name '*.so*' ! -name 'libawt_xawt*' ! -name 'libsplashscreen*' ! -name 'libjawt*' ! -name 'libjsound*' -exec ldd {} + 2>/dev/null |
  sed -n 's/.* => \(\/[^ ]*\) .*/\1/p' | sort -u | while read -r library; do
  case $library in
    */libc.so* | */libm.so* | */libdl.so* | */libpthread.so* | */librt.so* | */ld-linux*) ;; # glibc itself
    "$work"/*) ;;
    *)
      cp -nL -- "$library" "$work/native/fallback/"
      owner=$(dpkg -S "*/${library##*/}" 2>/dev/null | head -n 1 | cut -d: -f1) || true # no system of packages like Debian's
      [[ ! -f /usr/share/doc/$owner/copyright ]] ||
        cp -- "/usr/share/doc/$owner/copyright" "$work/native/fallback/${library##*/}.LICENSE"
      ;;
  esac
done
# A font for charts on nodes that have none; Java asks the system's fontconfig first.
for font in /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf /usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf; do
  [[ -f $font && -f /usr/share/doc/$(dpkg -S "$font" 2>/dev/null | cut -d: -f1)/copyright ]] || continue
  mkdir -p "$work/jre/lib/fonts"
  cp -- "$font" "$work/jre/lib/fonts/"
  cp -- "/usr/share/doc/$(dpkg -S "$font" | cut -d: -f1)/copyright" "$work/jre/lib/fonts/LICENSE"
  printf '%s\n' version=1 allfonts.latin-1=Default sequence.allfonts=latin-1 \
    "filename.Default=\$JRE_LIB_FONTS/${font##*/}" >"$work/jre/lib/fontconfig.properties"
  break
done
[[ -d $work/jre/lib/fonts ]] || printf 'release: no font here; reports will need one where they are made\n' >&2
# The classes of the JDK, then those of the program, ready to be mapped.
"$work/jre/bin/java" -Xshare:dump >/dev/null
ZOWARMUP_JAVA_OPTS="-XX:ArchiveClassesAtExit=$work/lib/zowarmup.jsa -Xlog:disable" \
  "$work/zowarmup" train "$work/configs/quickstart.yaml" warmup.rounds=1 zo.rounds=1 threads=1 \
  "output=$here/target/run-for-class-archive" --progress none >/dev/null
rm -rf -- "$here/target/run-for-class-archive"

{
  printf 'version %s\n' "$version"
  printf 'glibc %s or newer\n' "$(find "$work/native" "$work/jre" -path '*/fallback' -prune -o -name '*.so*' -print0 |
    LC_ALL=C xargs -0 grep -aoh 'GLIBC_2\.[0-9]*' | sort -u -t. -k2,2n | tail -n 1 | cut -d_ -f2)"
  printf 'java %s\n' "$("$work/jre/bin/java" -version 2>&1 | head -n 1)"
} >"$work/RELEASE"
cat -- "$work/RELEASE"
tar --owner=0 --group=0 --sort=name -C "$here/target" -cf - "$name" | gzip -6 >"$here/target/$name.tar.gz"
du -h -- "$here/target/$name.tar.gz"
