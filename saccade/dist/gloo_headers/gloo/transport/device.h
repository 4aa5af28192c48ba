// Declares the device that c10d's ProcessGroupGloo.hpp points to.
#pragma once

namespace gloo::transport {
class Device;
}
