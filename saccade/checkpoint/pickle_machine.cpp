// Opcodes for numbers, texts, containers and the memo.
#include "saccade/checkpoint/pickle_machine.h"

#include <bit>

#include "saccade/checkpoint/pickle_globals.h"

namespace saccade {

void PickleMachine::run(unsigned char opcode) {
  switch (opcode) {
    case 0x80:  // PROTO
      if (const int protocol = take_byte(); protocol > 5)
        fail(text_of("pickle protocol ", protocol, " is unknown"));
      return;
    case 0x95:  // FRAME: only a hint for readers of streams
      take(8);
      return;
    case '(':
      marks_.push_back(stack_.size());
      return;
    case 'q':
      return remember(static_cast<std::uint64_t>(take_byte()));
    case 'r':
      return remember(take_number<std::uint32_t>());
    case 0x94:
      return remember(memo_.size());
    case 'h':
      return recall(static_cast<std::uint64_t>(take_byte()));
    case 'j':
      return recall(take_number<std::uint32_t>());
    case '0':
      pop();
      return;
    case '1':
      pop_to_mark();
      return;
    case '2':
      return push(top());
    default:
      return run_value(opcode);
  }
}

void PickleMachine::run_value(unsigned char opcode) {
  switch (opcode) {
    case 'N':
      return push(PickleNode{});
    case 0x88:
    case 0x89:
      return push({.kind = PickleKind::kBool, .number = opcode == 0x88});
    case 'J':
      return push_int(take_number<std::int32_t>());
    case 'K':
      return push_int(take_byte());
    case 'M':
      return push_int(take_number<std::uint16_t>());
    case 0x8a:
      return push_long(static_cast<std::uint64_t>(take_byte()));
    case 0x8b: {
      const auto size = take_number<std::int32_t>();
      if (size < 0) fail("an integer of negative length");
      return push_long(static_cast<std::uint64_t>(size));
    }
    case 'G': {
      const auto big_endian = take_number<std::uint64_t>();
      return push({.kind = PickleKind::kFloat,
                   .real = std::bit_cast<double>(__builtin_bswap64(big_endian))});
    }
    case 'X':
      return push_text(PickleKind::kString, take_number<std::uint32_t>());
    case 0x8c:
      return push_text(PickleKind::kString, static_cast<std::uint64_t>(take_byte()));
    case 0x8d:
      return push_text(PickleKind::kString, take_number<std::uint64_t>());
    case 'U':
      return push_text(PickleKind::kString, static_cast<std::uint64_t>(take_byte()));
    case 'T':
      return push_text(PickleKind::kString, take_number<std::uint32_t>());
    case 'C':
      return push_text(PickleKind::kBytes, static_cast<std::uint64_t>(take_byte()));
    case 'B':
      return push_text(PickleKind::kBytes, take_number<std::uint32_t>());
    default:
      return run_container(opcode);
  }
}

void PickleMachine::run_container(unsigned char opcode) {
  switch (opcode) {
    case '}':
      return push({.kind = PickleKind::kDict});
    case ']':
      return push({.kind = PickleKind::kList});
    case ')':
      return push({.kind = PickleKind::kTuple});
    case 0x8f:
      return push({.kind = PickleKind::kSet});
    case 't':
      return push_marked(PickleKind::kTuple);
    case 'l':
      return push_marked(PickleKind::kList);
    case 0x91:
      return push_marked(PickleKind::kSet);
    case 0x85:
    case 0x86:
    case 0x87:
      return push_tuple(opcode - 0x84u);
    default:
      return run_append(opcode);
  }
}

void PickleMachine::run_append(unsigned char opcode) {
  switch (opcode) {
    case 'a': {
      const NodeId item = pop();
      return append(top(), {item}, PickleKind::kList, "APPEND");
    }
    case 'e':
      return append_marked(PickleKind::kList, "APPENDS");
    case 's': {
      const NodeId value = pop();
      const NodeId key = pop();
      return append(top(), {key, value}, PickleKind::kDict, "SETITEM");
    }
    case 'u':
      return append_marked(PickleKind::kDict, "SETITEMS");
    case 0x90:
      return append_marked(PickleKind::kSet, "ADDITEMS");
    case 'd': {
      const auto items = pop_to_mark();
      push({.kind = PickleKind::kDict});
      return append(top(), items, PickleKind::kDict, "DICT");
    }
    default:
      return run_object(opcode);
  }
}

// Little-endian two's complement of any length; beyond 64 bits kept as decimal text.
void PickleMachine::push_long(std::uint64_t size) {
  auto digits = take(size);
  // Bytes that repeat the sign say nothing: a small number may be written in many.
  for (; size > 8; --size) {
    const bool sign = std::to_integer<int>(digits[size - 2]) >= 128;
    if (std::to_integer<int>(digits[size - 1]) != (sign ? 0xFF : 0)) break;
  }
  digits = digits.first(size);
  if (size <= 8) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
      number |= std::to_integer<std::uint64_t>(digits[i]) << (8 * i);
    const bool negative = size > 0 && size < 8 && std::to_integer<int>(digits[size - 1]) >= 128;
    if (negative) number |= ~std::uint64_t{0} << (8 * size);
    return push_int(static_cast<std::int64_t>(number));
  }
  if (size > 64) fail(text_of("an integer of ", size, " bytes"));
  push({.kind = PickleKind::kBigInt, .text = decimal_text(digits)});
}

}  // namespace saccade
