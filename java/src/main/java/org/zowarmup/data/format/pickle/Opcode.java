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
  BUILD('b');

  private static final Opcode[] BY_CODE = new Opcode[256];

  /** Names of what is refused, for the message. */
  private static final Map<Integer, String> REFUSED = new HashMap<>();

  static {
    for (Opcode opcode : values()) {
      BY_CODE[opcode.code] = opcode;
    }
    Object[] refused = {
      'i',
      "INST",
      'o',
      "OBJ",
      0x81,
      "NEWOBJ",
      0x92,
      "NEWOBJ_EX",
      'P',
      "PERSID",
      'Q',
      "BINPERSID",
      0x82,
      "EXT1",
      0x83,
      "EXT2",
      0x84,
      "EXT4",
      0x97,
      "NEXT_BUFFER",
      0x98,
      "READONLY_BUFFER",
      0x8f,
      "EMPTY_SET",
      0x90,
      "ADDITEMS",
      0x91,
      "FROZENSET",
      '0',
      "POP",
      '1',
      "POP_MARK",
      '2',
      "DUP",
      'I',
      "INT",
      'L',
      "LONG",
      0x8b,
      "LONG4",
      'F',
      "FLOAT",
      'S',
      "STRING",
      'V',
      "UNICODE",
      'd',
      "DICT",
      'l',
      "LIST",
      'p',
      "PUT",
      'g',
      "GET"
    };
    for (int i = 0; i < refused.length; i += 2) {
      int code = refused[i] instanceof Character c ? c : (Integer) refused[i];
      REFUSED.put(code, (String) refused[i + 1]);
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
