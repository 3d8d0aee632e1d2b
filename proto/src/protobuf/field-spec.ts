/** One field of a protobuf message and how its JSON form looks. */
export interface FieldSpec {
  readonly id: number;
  /** In the .proto and in JSON. */
  readonly name: string;
  /**
   * `choice` is a member of a oneof; `required` is always there in JSON, with its default where protobuf leaves it out;
   * `nullable` is null in JSON where protobuf leaves it out.
   */
  readonly rule: 'required' | 'optional' | 'nullable' | 'choice' | 'list' | 'map';
  /** Of the value; of an item, in a list or map (whose keys are strings). */
  readonly kind: 'string' | 'bytes' | 'bool' | 'uint32' | 'uint64' | 'double' | 'enum' | 'message';
  /** Name of the enumeration or message. */
  readonly of?: string;
  /** A list or map that JSON leaves out when it has nothing in it. */
  readonly absentWhenEmpty?: true;
}
