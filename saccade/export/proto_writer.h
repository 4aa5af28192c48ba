// Protocol buffers' wire format, as far as ONNX needs it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace saccade {

// Appends fields to a message; bytes() is the message.
class ProtoWriter {
 public:
  ProtoWriter& integer(int field, std::int64_t value);
  ProtoWriter& float32(int field, float value);
  ProtoWriter& text(int field, std::string_view value);
  ProtoWriter& raw(int field, std::span<const std::byte> value);
  ProtoWriter& message(int field, const ProtoWriter& value) { return text(field, value.bytes()); }
  // The beginning of a message of `size` bytes that follow elsewhere.
  ProtoWriter& message_head(int field, std::uint64_t size);

  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value);
  void key(int field, int wire_type);

  std::string bytes_;
};

}  // namespace saccade
