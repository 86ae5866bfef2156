package org.zowarmup.data.format.pickle;

import java.util.HashMap;
import java.util.Map;

/** The opcodes that are followed, by their names in Python's {@code pickle}. */
enum Opcode {
  PROTO(0x80),
  FRAME(0x95),
  STOP('.'),
  MARK('('),
  EMPTY_DICT('}'),
  EMPTY_LIST(']'),
  EMPTY_TUPLE(')'),
  TUPLE('t'),
  TUPLE1(0x85),
  TUPLE2(0x86),
  TUPLE3(0x87),
  APPEND('a'),
  APPENDS('e'),
  SETITEM('s'),
  SETITEMS('u'),
  NONE('N'),
  NEWTRUE(0x88),
  NEWFALSE(0x89),
  BININT('J'),
  BININT1('K'),
  BININT2('M'),
  LONG1(0x8a),
  BINFLOAT('G'),
  BINSTRING('T'),
  SHORT_BINSTRING('U'),
  BINUNICODE('X'),
  SHORT_BINUNICODE(0x8c),
  BINUNICODE8(0x8d),
  BINBYTES('B'),
  SHORT_BINBYTES('C'),
  BINBYTES8(0x8e),
  BYTEARRAY8(0x96),
  BINPUT('q'),
  LONG_BINPUT('r'),
  MEMOIZE(0x94),
  BINGET('h'),
  LONG_BINGET('j'),
  GLOBAL('c'),
  STACK_GLOBAL(0x93),
  REDUCE('R'),
  BUILD('b'),
  POP('0'),
  INT('I'),
  LONG('L'),
  LONG4(0x8b),
  FLOAT('F'),
  STRING('S'),
  UNICODE('V'),
  DICT('d'),
  LIST('l'),
  PUT('p'),
  GET('g');

  private static final Opcode[] BY_CODE = new Opcode[256];

  /** Codes in hexadecimal digits, and names, of what is refused. */
  private static final String REFUSED_CODES =
      """
      69 INST  6f OBJ  81 NEWOBJ  92 NEWOBJ_EX  50 PERSID  51 BINPERSID  82 EXT1  83 EXT2
      84 EXT4  97 NEXT_BUFFER  98 READONLY_BUFFER  8f EMPTY_SET  90 ADDITEMS  91 FROZENSET
      31 POP_MARK  32 DUP
      """;

  /** Names of what is refused, for the message. */
  private static final Map<Integer, String> REFUSED = new HashMap<>();

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
    String[] words = REFUSED_CODES.strip().split("\\s+");
    for (int i = 0; i < words.length; i += 2) {
      REFUSED.put(Integer.parseInt(words[i], 16), words[i + 1]);
    }
  }

  private final int code;

  Opcode(int code) {
    this.code = code;
  }

  /** Null for a code that is not followed. */
  static Opcode of(int code) {
    return BY_CODE[code];
  }

  static String describe(int code) {
    String name = REFUSED.get(code);
    return name == null ? "byte 0x%02x".formatted(code) : "%s (0x%02x)".formatted(name, code);
  }
}
