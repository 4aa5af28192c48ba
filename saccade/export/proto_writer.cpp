// Protocol buffers' wire format.
#include "saccade/export/proto_writer.h"

#include <cstring>

namespace saccade {
namespace {

enum WireType { kVarint = 0, kLengthDelimited = 2, kFixed32 = 5 };

}  // namespace

void ProtoWriter::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
  bytes_ += static_cast<char>(value);
}

void ProtoWriter::key(int field, int wire_type) {
  varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire_type));
}

ProtoWriter& ProtoWriter::integer(int field, std::int64_t value) {
  key(field, kVarint);
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

ProtoWriter& ProtoWriter::float32(int field, float value) {
  key(field, kFixed32);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  bytes_.append(bytes, sizeof value);
  return *this;
}

ProtoWriter& ProtoWriter::text(int field, std::string_view value) {
  message_head(field, value.size());
  bytes_.append(value);
  return *this;
}

ProtoWriter& ProtoWriter::raw(int field, std::span<const std::byte> value) {
  return text(field, {reinterpret_cast<const char*>(value.data()), value.size()});
}

ProtoWriter& ProtoWriter::message_head(int field, std::uint64_t size) {
  key(field, kLengthDelimited);
  varint(size);
  return *this;
}

}  // namespace saccade
