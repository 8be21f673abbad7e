#pragma once

#include "persistence/model.hpp"

/// ODB records to values.
namespace postrider::persistence {

struct transaction_record;
struct message_record;
struct node_record;

transaction to_transaction(const transaction_record& record);
message to_message(const message_record& record);
node to_node(const node_record& record, time_point now);

}  // namespace postrider::persistence
