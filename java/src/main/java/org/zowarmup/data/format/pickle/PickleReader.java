package org.zowarmup.data.format.pickle;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.zowarmup.data.format.bytes.ByteSource;
import org.zowarmup.data.format.numpy.NumpyArray;
import org.zowarmup.error.BadDataException;

/**
 * The stack machine. Values are {@link Long}, {@link Double}, {@link Boolean}, {@link String},
 * {@link PickleBytes}, {@link Items}, {@link Dict}, {@code List<Object>} for tuples, {@link
 * NumpyArray}, and null for None.
 */
public final class PickleReader {
  /** Longer strings are left in the file. */
  private static final int SHORT_BYTES = 1 << 12;

  /** More than any data set here needs, and few enough for the heap. */
  private static final int MAX_OBJECTS = 1 << 21;

  private static final int MAX_LIST = 1 << 24;
  private static final Object MARK = new Object();

  private final PickleInput in;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private int objects;

  /** The place of the opcode at hand. */
  private long at;

  private PickleReader(ByteSource source) {
    in = new PickleInput(source);
  }

  /**
   * The one value that a pickle makes.
   *
   * @throws BadDataException with the offset, if it is cut off, names or uses what is not allowed,
   *     or makes no sense
   */
  public static Object read(ByteSource source) {
    return new PickleReader(source).run();
  }

  private Object run() {
    while (true) {
      at = in.position();
      int code = in.u8();
      Opcode opcode = Opcode.of(code);
      if (opcode == null) {
        throw at == 0
            ? in.bad(0, "a pickle", "byte 0x%02x at its start".formatted(code))
            : in.bad(
                at,
                "an opcode of plain data and numpy arrays (nothing in a pickle is run)",
                "opcode " + Opcode.describe(code));
      }
      if (opcode == Opcode.STOP) {
        return finish();
      }
      step(opcode);
    }
  }

  private void protocol() {
    int protocol = in.u8();
    if (protocol > 5) {
      throw in.bad(at, "a pickle of protocol 0 to 5", "protocol " + protocol);
    }
  }

  private Object finish() {
    Object value = pop();
    if (!stack.isEmpty()) {
      throw in.bad(at, "one value at the end", (stack.size() + 1) + " on the stack");
    }
    if (in.position() != in.source().size()) {
      throw in.bad(
          in.position(),
          "the end of the file",
          "%d trailing bytes".formatted(in.source().size() - in.position()));
    }
    return value;
  }

  private void step(Opcode opcode) {
    switch (opcode) {
      case PROTO -> protocol();
      case FRAME -> in.i64(); // how far to read ahead, which needs no belief
      case MARK -> push(MARK);
      case NONE -> push(null);
      case NEWTRUE -> push(true);
      case NEWFALSE -> push(false);
      case BININT -> push((long) in.i32());
      case BININT1 -> push((long) in.u8());
      case BININT2 -> push((long) in.u16());
      case LONG1 -> push(longOf(in.u8()));
      case LONG4 -> push(longOf(in.u32()));
      case INT -> push(PickleText.number(in, at, in.textLine()));
      case LONG -> push(PickleText.number(in, at, in.textLine().replaceAll("L$", "")));
      case FLOAT -> push(PickleText.floating(in, at, in.textLine()));
      case STRING -> push(counted(PickleText.string(in, at, in.textLine())));
      case UNICODE -> push(counted(PickleText.unicode(in, at, in.textLine())));
      case POP -> pop();
      case LIST -> list();
      case DICT -> dict();
      case PUT -> put(PickleText.index(in, at, in.textLine()));
      case GET -> get(PickleText.index(in, at, in.textLine()));
      case BINFLOAT -> push(in.bigEndianDouble());
      case EMPTY_DICT -> push(counted(new Dict()));
      case EMPTY_LIST -> push(counted(new Items()));
      case EMPTY_TUPLE -> push(List.of());
      case TUPLE, TUPLE1, TUPLE2, TUPLE3 -> tuple(opcode);
      case APPEND, APPENDS -> append(opcode);
      case SETITEM, SETITEMS -> setItems(opcode);
      case BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET -> memo(opcode);
      case GLOBAL, STACK_GLOBAL, REDUCE, BUILD -> make(opcode);
      default -> string(opcode);
    }
  }

  private void string(Opcode opcode) {
    switch (opcode) {
      case SHORT_BINUNICODE -> text(in.u8());
      case BINUNICODE -> text(in.u32());
      case BINUNICODE8 -> text(in.i64());
      case SHORT_BINBYTES, SHORT_BINSTRING -> bytes(in.u8());
      case BINSTRING, BINBYTES -> bytes(in.u32());
      case BINBYTES8, BYTEARRAY8 -> bytes(in.i64());
      default -> throw new IllegalStateException(opcode.name());
    }
  }

  private void push(Object value) {
    if (stack.size() == MAX_OBJECTS) {
      throw in.bad(at, "at most %d values on the stack".formatted(MAX_OBJECTS), "more");
    }
    stack.add(value);
  }

  /** Counts what takes memory. */
  private <T> T counted(T value) {
    if (++objects > MAX_OBJECTS) {
      throw in.bad(at, "at most %d objects".formatted(MAX_OBJECTS), "more");
    }
    return value;
  }

  private Object pop() {
    if (stack.isEmpty() || stack.get(stack.size() - 1) == MARK) {
      throw in.bad(at, "a value on the stack", "none");
    }
    return stack.remove(stack.size() - 1);
  }

  private Object top() {
    Object value = pop();
    stack.add(value);
    return value;
  }

  private Long longOf(long count) {
    if (count > 8) {
      throw in.bad(at, "a whole number of at most 64 bits", count + " bytes");
    }
    long value = 0;
    for (int i = 0; i < count; i++) {
      value |= (long) in.u8() << (8 * i);
    }
    int unused = 64 - 8 * (int) count;
    return count == 0 ? 0L : (Long) (value << unused >> unused);
  }

  private void text(long length) {
    if (length >= 0 && length <= SHORT_BYTES) {
      push(counted(in.utf8((int) length)));
      return;
    }
    long start = in.position();
    in.skip(length);
    push(counted(new PickleBytes(in.source(), start, length, null, true)));
  }

  private void bytes(long length) {
    long start = in.position();
    byte[] content = null;
    if (length >= 0 && length <= SHORT_BYTES) {
      content = in.bytes((int) length);
    } else {
      in.skip(length);
    }
    push(counted(new PickleBytes(in.source(), start, length, content, false)));
  }

  /** Removes the last mark and all above it, which it returns. */
  private List<Object> popToMark() {
    int mark = stack.size() - 1;
    while (mark >= 0 && stack.get(mark) != MARK) {
      mark--;
    }
    if (mark < 0) {
      throw in.bad(at, "a mark on the stack", "none");
    }
    List<Object> above = stack.subList(mark + 1, stack.size());
    List<Object> values = new ArrayList<>(above);
    above.clear();
    stack.remove(mark);
    return values;
  }

  private void tuple(Opcode opcode) {
    if (opcode == Opcode.TUPLE) {
      push(counted(popToMark()));
      return;
    }
    Object[] values = new Object[opcode == Opcode.TUPLE1 ? 1 : opcode == Opcode.TUPLE2 ? 2 : 3];
    for (int i = values.length - 1; i >= 0; i--) {
      values[i] = pop();
    }
    push(counted(Arrays.asList(values)));
  }

  private void list() {
    Items list = new Items();
    popToMark().forEach(list::add);
    push(counted(list));
  }

  private void dict() {
    List<Object> values = popToMark();
    if (values.size() % 2 != 0) {
      throw in.bad(at, "pairs of key and value", values.size() + " values");
    }
    Dict dict = new Dict();
    for (int i = 0; i < values.size(); i += 2) {
      dict.put(values.get(i), values.get(i + 1));
    }
    push(counted(dict));
  }

  private void append(Opcode opcode) {
    List<Object> values = opcode == Opcode.APPEND ? Arrays.asList(pop()) : popToMark();
    if (!(top() instanceof Items list)) {
      throw in.bad(at, "a list to append to", PickleMaker.describe(top()));
    }
    if (list.size() > MAX_LIST - values.size()) {
      throw in.bad(at, "a list of at most %d elements".formatted(MAX_LIST), "a longer one");
    }
    for (Object value : values) {
      list.add(value);
    }
  }

  private void setItems(Opcode opcode) {
    List<Object> values;
    if (opcode == Opcode.SETITEMS) {
      values = popToMark();
    } else {
      Object value = pop();
      values = Arrays.asList(pop(), value);
    }
    if (!(top() instanceof Dict dict) || values.size() % 2 != 0) {
      throw in.bad(at, "a dict and pairs of key and value", PickleMaker.describe(top()));
    }
    for (int i = 0; i < values.size(); i += 2) {
      dict.put(values.get(i), values.get(i + 1));
    }
  }

  private void memo(Opcode opcode) {
    switch (opcode) {
      case BINPUT -> put(in.u8());
      case LONG_BINPUT -> put(in.u32());
      case MEMOIZE -> put(memo.size());
      case BINGET -> get(in.u8());
      default -> get(in.u32());
    }
  }

  private void put(long index) {
    memo.put(index, top());
    if (memo.size() > MAX_OBJECTS) {
      throw in.bad(at, "at most %d remembered values".formatted(MAX_OBJECTS), "more");
    }
  }

  private void get(long index) {
    if (!memo.containsKey(index)) {
      throw in.bad(at, "a value remembered as number " + index, "none");
    }
    push(PickleMaker.finished(memo.get(index)));
  }

  private void make(Opcode opcode) {
    switch (opcode) {
      case GLOBAL -> {
        String module = in.line();
        push(global(module, in.line()));
      }
      case STACK_GLOBAL -> {
        Object name = pop();
        Object module = pop();
        push(global(String.valueOf(module), String.valueOf(name)));
      }
      case REDUCE -> {
        Object arguments = pop();
        Object callable = pop();
        push(counted(new PickleMaker(in, at).reduce(callable, arguments)));
      }
      default -> {
        Object state = pop();
        Object made = new PickleMaker(in, at).build(pop(), state);
        push(made);
      }
    }
  }

  private PickleMaker.AllowedName global(String module, String name) {
    PickleMaker.AllowedName global = PickleMaker.AllowedName.find(module, name);
    if (global == null) {
      throw in.bad(
          at,
          "plain data and numpy arrays (nothing in a pickle is run)",
          "the name " + ByteSource.printable(module + "." + name, 100));
    }
    return global;
  }

  /**
   * A dict, with its keys as text: Python 2's strings arrive as bytes in Python 3, so {@code
   * 'data'} and {@code b'data'} are the same key. Keys that are not text are dropped with their
   * values.
   */
  public static final class Dict {
    private final Map<String, Object> entries = new LinkedHashMap<>();

    Dict() {}

    void put(Object key, Object value) {
      if (key instanceof String text) {
        entries.put(text, value);
      } else if (key instanceof PickleBytes bytes && bytes.isShort()) {
        entries.put(bytes.text(), value);
      }
    }

    public Set<String> keys() {
      return entries.keySet();
    }

    /** Null where there is no such key, or its value is None. */
    public Object get(String key) {
      return entries.get(key);
    }
  }

  /** A list. As long as its elements are ints they are kept as such: labels come by the million. */
  public static final class Items {
    private int[] ints = new int[16];
    private int size;
    private List<Object> objects;

    Items() {}

    void add(Object value) {
      if (objects == null && value instanceof Long number && number == number.intValue()) {
        if (size == ints.length) {
          ints = Arrays.copyOf(ints, size + size / 2);
        }
        ints[size++] = number.intValue();
        return;
      }
      if (objects == null) {
        objects = new ArrayList<>();
        for (int i = 0; i < size; i++) {
          objects.add((long) ints[i]);
        }
        ints = new int[0];
      }
      objects.add(value);
      size++;
    }

    public int size() {
      return size;
    }

    public Object get(int index) {
      return objects == null ? (Object) (long) ints[index] : objects.get(index);
    }

    /** The elements, or null if they are not all whole numbers of 32 bits. */
    public int[] toInts() {
      if (objects == null) {
        return Arrays.copyOf(ints, size);
      }
      int[] values = new int[size];
      for (int i = 0; i < size; i++) {
        if (!(objects.get(i) instanceof Long number) || number != number.intValue()) {
          return null;
        }
        values[i] = number.intValue();
      }
      return values;
    }
  }
}
